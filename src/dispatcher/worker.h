/* The worker, deskbell-smtp, as its parent sees it: descriptors and exit codes. */
#ifndef DISPATCHER_WORKER_H
#define DISPATCHER_WORKER_H

#define WORKER_JOB_FD 0   /* a file with the job (job.h) */
#define WORKER_EVENT_FD 1 /* a pipe to the parent */
#define WORKER_FILE_FD 3  /* the session's file, opened to append; may be missing */

#define WORKER_EXIT_OK 0
#define WORKER_EXIT_IO 71  /* an event could not be written to the session's file */
#define WORKER_EXIT_JOB 65 /* the job cannot be read */

#endif
