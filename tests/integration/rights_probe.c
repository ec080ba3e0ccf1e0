/*
 * In the place of one of the product's programs: it tries what it must not, says on stderr what it
 * could, and ends.  DESKBELL_PROBE names the state directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void said(const char *what, int could)
{
    fprintf(stderr, "probe uid=%d %s=%s\n", (int)getuid(), what, could ? "yes" : "no");
}

static void try_file(const char *name, int flags)
{
    const char *dir = getenv("DESKBELL_PROBE");
    char path[512], what[96];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "/nonexistent", name);
    snprintf(what, sizeof(what), "%s-%s", flags == O_RDONLY ? "read" : "write", name);
    fd = open(path, flags | O_CLOEXEC);
    said(what, fd >= 0);
    if (fd >= 0)
        close(fd);
}

static void try_socket(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    const char *dir = getenv("DESKBELL_PROBE");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/control.sock", dir != NULL ? dir : "");
    said("control", connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0);
    close(fd);
}

int main(void)
{
    struct rlimit core;

    try_file("data.mdb", O_RDONLY);
    try_file("data.mdb", O_RDWR);
    try_file("gateway.key", O_RDONLY);
    try_file("dispatcher.key", O_RDONLY);
    try_file("../deskbell.conf", O_RDWR);
    try_socket();
    said("root", setuid(0) == 0);
    said("group", setgid(0) == 0);
    said("mount", mount("none", "/mnt", "tmpfs", 0, NULL) == 0);
    said("trace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0);
    said("kill", kill(getppid(), SIGTERM) == 0);
    said("core", getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max > 0);
    fprintf(stderr, "probe uid=%d end\n", (int)getuid());
    return 0;
}
