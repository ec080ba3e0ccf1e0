/* The option table, and nothing else. */
#include "conf_int.h"

#define AT(member) offsetof(struct config, member)
#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)

const struct option options[] = {
    {.key = "listen",
     .kind = KIND_ADDRESSES,
     .offset = AT(listen),
     .count_offset = AT(nlisten),
     .dflt = "127.0.0.1:8070",
     .help = "Where the gateway takes connections from browsers and programs. * stands for every "
             "address of the machine, port 0 for any that is free."},
    {.key = "public_url",
     .kind = KIND_URL,
     .offset = AT(public_url),
     .dflt = "",
     .dflt_doc = "what each request calls the gateway",
     .reloadable = true,
     .help =
         "How people's browsers reach the gateway, through a proxy if there is one: scheme, host "
         "and port, and no path, for it is served from the root of a host. Links in "
         "mails and the embed code are made from it, and consoles are taken from there alone, "
         "or from the gateway's bare address; "
         "whoever calls the gateway otherwise cannot sign in, and the log says so once "
         "(origin.refused). Without it a page is the gateway's own where its Origin and the "
         "request's Host agree: a proxy has to pass on Host with its port. With https, the "
         "session's "
         "cookie has the name __Host-deskbell and is sent over TLS only."},
    {.key = "strict_transport_days",
     .kind = KIND_UINT,
     .offset = AT(strict_transport_days),
     .dflt = "0",
     .max = 3650,
     .reloadable = true,
     .help =
         "Days for which browsers that were here once are told to come over https only "
         "(Strict-Transport-Security), for this host alone; 0 tells them nothing. Needs a "
         "public_url with https. Nothing takes it back before its time: begin with 1, and go on "
         "to 365 or more once all is well."},
    {.key = "trusted_proxies",
     .kind = KIND_PREFIXES,
     .offset = AT(trusted_proxies),
     .count_offset = AT(ntrusted_proxies),
     .dflt = "",
     .dflt_doc = "none",
     .reloadable = true,
     .help =
         "Proxies whose word on the visitor's address is believed. Anybody else's is ignored. "
         "The visitor is the first address from the right that is none of them. A proxy that is "
         "listed has to name him in each request: where the header is missing, or what stands "
         "there is no address (an empty place, unknown, _hidden, a zone, a quote that does not "
         "end), the visitor cannot be told. Such requests count together as one visitor, get "
         "files, /healthz and /readyz, find no /metrics, and are otherwise refused with status "
         "400 and the reason, for nobody could be blocked or limited. Do not list a proxy that "
         "hides its visitors: all of them have its address then. A program that speaks to the "
         "gateway from a proxy's machine, not through the proxy, names itself in the header."},
    {.key = "proxy_header",
     .kind = KIND_LINE,
     .offset = AT(proxy_header),
     .dflt = "x-forwarded-for",
     .words = "x-forwarded-for forwarded",
     .max = 15,
     .reloadable = true,
     .help = "The header in which the trusted proxies name the visitor: X-Forwarded-For (with "
             "X-Forwarded-Proto), or Forwarded of RFC 7239. The other one is ignored, for a proxy "
             "that does not write it lets the visitor's own one pass. One that writes it adds the "
             "address of whom it serves at its end, or puts that in the place of what was there."},
    {.key = "proxy_protocol",
     .kind = KIND_BOOL,
     .offset = AT(proxy_protocol),
     .dflt = "no",
     .reloadable = true,
     .help = "Whether the trusted proxies begin each connection with a PROXY header, version 1 or "
             "2. Where it names no address, the visitor cannot be told, whatever follows."},
    {.key = "state_dir",
     .kind = KIND_PATH,
     .offset = AT(state_dir),
     .dflt = "",
     .dflt_doc = "/var/lib/deskbell; for a user who may not go there, "
                 "$XDG_STATE_HOME/deskbell or ~/.local/state/deskbell",
     .help = "Where everything is kept: the store, its keys, the ballast. Gateway, dispatcher and "
             "deskbellctl must agree on it."},
    {.key = "control_socket",
     .kind = KIND_PATH,
     .offset = AT(control_socket),
     .dflt = "",
     .dflt_doc = "control.sock in state_dir",
     .help = "The UNIX socket that deskbellctl talks to. Who may write to it may do everything."},
    {.key = "user",
     .kind = KIND_LINE,
     .offset = AT(user),
     .dflt = "deskbell",
     .max = 32,
     .help = "The user that the gateway runs as where root starts it; who else starts it stays who "
             "he is. With root as the name it stays root, and so do the others. His group is that "
             "of the store, which gateway and dispatcher share; its members may use deskbellctl."},
    {.key = "dispatcher_user",
     .kind = KIND_LINE,
     .offset = AT(dispatcher_user),
     .dflt = "deskbell-dispatcher",
     .max = 32,
     .help = "Likewise the dispatcher's, who alone may read the key to the passwords of relays."},
    {.key = "smtp_user",
     .kind = KIND_LINE,
     .offset = AT(smtp_user),
     .dflt = "deskbell-smtp",
     .max = 32,
     .help = "Likewise of deskbell-smtp, the program that talks to mail servers, who may read "
             "neither store nor key."},
    {.key = "map_size",
     .kind = KIND_SIZE,
     .offset = AT(map_size),
     .dflt = "16G",
     .min = 64 * MIB,
     .max = 16 * TIB,
     .help = "Address space for the store to begin with. It costs no memory, and grows by itself."},
    {.key = "free_space_min",
     .kind = KIND_SIZE,
     .offset = AT(free_space_min),
     .dflt = "64M",
     .min = MIB,
     .max = TIB,
     .help = "With less free space than this on the disk of state_dir, new chats and messages are "
             "refused with a clear error, so that what was promised can still be kept."},
    {.key = "ballast",
     .kind = KIND_SIZE,
     .offset = AT(ballast),
     .dflt = "16M",
     .min = MIB,
     .max = 64 * GIB,
     .help = "A file of this size is kept, to be given up when the disk is full: deleting needs "
             "space, too."},
    {.key = "dispatcher",
     .kind = KIND_BOOL,
     .offset = AT(dispatcher),
     .dflt = "yes",
     .help = "Whether the gateway starts the SMTP dispatcher and watches over it. Say no where "
             "something else does, such as a service manager."},
    {.key = "dispatcher_program",
     .kind = KIND_PATH,
     .offset = AT(dispatcher_program),
     .dflt = "",
     .dflt_doc = "deskbell-dispatcher beside deskbelld, or where it was installed",
     .help = "The program that the gateway starts for it."},
    {.key = "smtp_ca_file",
     .kind = KIND_PATH,
     .offset = AT(smtp_ca_file),
     .dflt = "",
     .dflt_doc = "the system's",
     .reloadable = true,
     .help = "Certificates (PEM) of the authorities that mail servers are checked against."},
    {.key = "smtp_hello",
     .kind = KIND_GREETING,
     .offset = AT(smtp_hello),
     .dflt = "",
     .dflt_doc = "this machine's full name; where it has none, its address in brackets",
     .reloadable = true,
     .help = "The name by which mail servers are greeted (EHLO). Many want a full name that DNS "
             "knows, some the one that belongs to this machine's address."},
    {.key = "mail_keep",
     .kind = KIND_UINT,
     .offset = AT(mail_keep),
     .dflt = "90",
     .max = 3650,
     .reloadable = true,
     .help = "Days for which the message of a mail is kept after its end, to be read and, where it "
             "has failed, to be sent again; 0 means for ever. What became of the mail stays in the "
             "outbox. The message of a mail that is cancelled goes at once."},
    {.key = "metrics_from",
     .kind = KIND_PREFIXES,
     .offset = AT(metrics_from),
     .count_offset = AT(nmetrics_from),
     .dflt = "127.0.0.0/8, ::1",
     .reloadable = true,
     .help =
         "Addresses that may read /metrics; for all others, and for what a proxy passes on that "
         "is not among the trusted ones, or passes on without naming its visitor, there is no such "
         "path."},
    {.key = "max_connections",
     .kind = KIND_UINT,
     .offset = AT(max_connections),
     .dflt = "0",
     .dflt_doc = "0, as many as descriptors allow",
     .max = 1000000,
     .reloadable = true,
     .help =
         "Connections at a time, all together. When they are there, strangers' connections go "
         "for new ones: what is idle, closing, slow, or a WebSocket without an open chat, the "
         "longest idle first, and before all others those of an address that has more than an "
         "eighth. Visitors' WebSockets never have more than seven eighths, so that agents and "
         "questions for health get in; deskbellctl has connections of its own. The gateway "
         "raises its soft limit of descriptors to the hard one (LimitNOFILE of its unit); where "
         "that is not enough for this number, it says so in the log (edge.limit)."},
    {.key = "connections_per_address",
     .kind = KIND_UINT,
     .offset = AT(connections_per_address),
     .dflt = "200",
     .max = 1000000,
     .reloadable = true,
     .help = "Connections at a time from one address; 0 means no limit. Those of agents who are "
             "signed in are not counted, and where the others have used all of them up, whoever "
             "is signed in or has been in that browser (its cookie says so) still gets through. "
             "Trusted proxies are not counted for themselves, only their visitors."},
    {.key = "chats_per_hour",
     .kind = KIND_UINT,
     .offset = AT(chats_per_hour),
     .dflt = "30",
     .min = 1,
     .max = 1000000,
     .reloadable = true,
     .help = "Chats, and messages left while nobody is online, that may come from one address in "
             "an hour."},
    {.key = "chats_per_address",
     .kind = KIND_UINT,
     .offset = AT(chats_per_address),
     .dflt = "10",
     .min = 1,
     .max = 1000000,
     .reloadable = true,
     .help = "Chats from one address that may wait or run at a time. Whoever comes above it is "
             "offered to leave a message. An IPv6 network of /64 is one address, here and below."},
    {.key = "messages_left_per_hour",
     .kind = KIND_UINT,
     .offset = AT(messages_left_per_hour),
     .dflt = "300",
     .min = 1,
     .max = 1000000,
     .reloadable = true,
     .help = "Messages that are taken for one department in an hour while nobody is online."},
    {.key = "visitor_space_per_hour",
     .kind = KIND_SIZE,
     .offset = AT(visitor_space_per_hour),
     .dflt = "512M",
     .min = MIB,
     .max = 256 * GIB,
     .reloadable = true,
     .help = "Space on the disk that visitors may take in an hour, all together; one address may "
             "take a 32nd of it. Above it they are refused until some time has passed, but for "
             "chats that an agent has taken, which only the share of their address binds."},
    {.key = "messages_per_minute",
     .kind = KIND_UINT,
     .offset = AT(messages_per_minute),
     .dflt = "240",
     .min = 1,
     .max = 1000000,
     .reloadable = true,
     .help = "Commands that visitors may send from one address in a minute."},
    {.key = "commands_per_minute",
     .kind = KIND_UINT,
     .offset = AT(commands_per_minute),
     .dflt = "1200",
     .min = 1,
     .max = 10000000,
     .reloadable = true,
     .help = "Commands that one agent, or a program in an agent's name, may send in a minute."},
    {.key = "sign_ins_per_minute",
     .kind = KIND_UINT,
     .offset = AT(sign_ins_per_minute),
     .dflt = "20",
     .min = 1,
     .max = 1000000,
     .reloadable = true,
     .help = "Attempts to sign in from one address in a minute; for one account it is half as "
             "many, and "
             "five times as many in an hour from all unknown addresses together. Browsers that are "
             "known, and addresses from which the agent has signed in before, have tries of their "
             "own."},
    {.key = "threads",
     .kind = KIND_UINT,
     .offset = AT(threads),
     .dflt = "2",
     .min = 1,
     .max = 64,
     .help = "Threads for what would block the others, such as checking passwords (19 MiB each)."},
    {.key = "log_level",
     .kind = KIND_LEVEL,
     .offset = AT(log_level),
     .dflt = "info",
     .words = "error warn info debug trace",
     .reloadable = true,
     .help = "How much is logged on standard error."},
    {.key = "demo",
     .kind = KIND_BOOL,
     .offset = AT(demo),
     .dflt = "no",
     .help = "Whether the gateway also serves the page of an imagined shop, at /demo/, to try the "
             "widget on. Without ?department=CODE it shows the first public department."},
    {.key = "portal_name",
     .kind = KIND_LINE,
     .offset = AT(portal_name),
     .dflt = "deskbell",
     .max = 100,
     .help = "The portal's name. Read at the first start only, as are the two below; later it is "
             "changed with deskbellctl."},
    {.key = "portal_lang",
     .kind = KIND_LINE,
     .offset = AT(portal_lang),
     .dflt = "en",
     .words = "en ja",
     .max = 2,
     .help = "The portal's language."},
    {.key = "portal_zone",
     .kind = KIND_LINE,
     .offset = AT(portal_zone),
     .dflt = "UTC",
     .max = 64,
     .help = "The portal's time zone by its name in the tz database, such as Asia/Tokyo."},
};

const size_t options_count = COUNT_OF(options);
