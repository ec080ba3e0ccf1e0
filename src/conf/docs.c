/* The annotated sample and the manual page, made from the option table. */
#include "conf_int.h"

/* Words wrapped to `width`, each line after `lead`. */
static void text_wrap(struct buf *out, const char *lead, size_t width, const char *text)
{
    size_t column = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");

        if (column > 0 && column + 1 + len > width) {
            buf_add_char(out, '\n');
            column = 0;
        }
        buf_add_str(out, column == 0 ? lead : " ");
        column += (column == 0 ? strlen(lead) : 1) + len;
        buf_add(out, text, len);
        text += len;
        text += strspn(text, " ");
    }
    buf_add_char(out, '\n');
}

void conf_sample(struct buf *out)
{
    buf_add_str(out, "# deskbell.conf: every option with its default; see deskbell.conf(5).\n"
                     "# `deskbelld -t -c FILE` checks a file, SIGHUP makes the gateway read it "
                     "again.\n");
    for (size_t i = 0; i < options_count; i++) {
        const struct option *opt = &options[i];
        struct buf takes = {0};

        buf_add_char(out, '\n');
        text_wrap(out, "# ", 78, opt->help);
        buf_add_str(&takes, "Takes ");
        option_expects(opt, &takes);
        buf_addf(&takes, ". %s", opt->reloadable ? "A reload is enough." : "Needs a restart.");
        if (opt->dflt_doc != NULL)
            buf_addf(&takes, " Default: %s.", opt->dflt_doc);
        text_wrap(out, "# ", 78, takes.p);
        buf_addf(out, "#%s =%s%s\n", opt->key, opt->dflt[0] != '\0' ? " " : "", opt->dflt);
        buf_fini(&takes);
    }
}

/* One sentence a line, as mdoc likes it; a dot or quote at the front would be a request. */
static void man_sentences(struct buf *out, const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, ". ");
        size_t len = end != NULL ? (size_t)(end - text) + 1 : strlen(text);

        if (*text == '.' || *text == '\'')
            buf_add_str(out, "\\&");
        for (size_t i = 0; i < len; i++) {
            if (text[i] == '\\')
                buf_add_str(out, "\\e");
            else if (text[i] == '~')
                buf_add_str(out, "\\(ti");
            else
                buf_add_char(out, text[i]);
        }
        buf_add_char(out, '\n');
        text += len;
        text += strspn(text, " ");
    }
}

static void man_option(struct buf *out, const struct option *opt)
{
    struct buf takes = {0};

    buf_addf(out, ".It Cm %s\n", opt->key);
    man_sentences(out, opt->help);
    option_expects(opt, &takes);
    buf_addf(out, "Takes %s.\n", takes.p);
    buf_fini(&takes);
    if (opt->dflt_doc == NULL) {
        buf_addf(out, "The default is\n.Ql %s .\n", opt->dflt);
    } else {
        buf_add_str(&takes, "The default: ");
        buf_addf(&takes, "%s.", opt->dflt_doc);
        man_sentences(out, takes.p);
        buf_fini(&takes);
    }
    buf_add_str(out, opt->reloadable ? "A reload is enough.\n" : "Needs a restart.\n");
}

static const char man_head[] =
    ".\\\" Made from the option table in src/conf/table.c: make conf-docs\n"
    ".Dd November 23, 2026\n"
    ".Dt DESKBELL.CONF 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm deskbell.conf\n"
    ".Nd configuration of the deskbell gateway\n"
    ".Sh DESCRIPTION\n"
    "The programs\n"
    ".Xr deskbelld 8 ,\n"
    ".Xr deskbell-dispatcher 8\n"
    "and\n"
    ".Xr deskbellctl 1\n"
    "read\n"
    ".Nm .\n"
    "Without the file the defaults hold, and everything runs.\n"
    ".Pp\n"
    "The file is UTF-8; a byte order mark at its front is passed over.\n"
    "A line has the form\n"
    ".Ql name = value ;\n"
    "blanks around both are dropped, and nothing is quoted.\n"
    "Empty lines, and lines that begin with\n"
    ".Ql # ,\n"
    "are skipped.\n"
    "Lists are separated by commas.\n"
    "Sizes are bytes, or with K, M, G or T behind them units of 1024 bytes, of 1024 times that,\n"
    "and so on.\n"
    "An option stands in the file once at most.\n"
    ".Pp\n"
    "A wrong file is refused as a whole.\n"
    "The message names the file, the line, the option, and what was expected:\n"
    ".Dl deskbell.conf:3: threads: expected a number from 1 to 64, not \\(dqmany\\(dq\n"
    "At a start the program ends then, with a status that is not 0; at a reload it goes on with\n"
    "what it had.\n"
    "An option that needs a restart keeps its value at a reload, and the log says so.\n"
    ".Pp\n"
    "Departments, agents, mail settings and the times of routing are no options of this file: "
    "they\n"
    "are in the store, and are set with\n"
    ".Xr deskbellctl 1 ;\n"
    ".Xr deskbell-settings 7\n"
    "lists them.\n"
    ".Sh OPTIONS\n"
    ".Bl -tag -width Ds\n";

static const char man_tail[] = ".El\n"
                               ".Sh FILES\n"
                               ".Bl -tag -width Ds -compact\n"
                               ".It Pa /etc/deskbell/deskbell.conf\n"
                               "Read where no other file is named.\n"
                               "A build with another\n"
                               ".Fl -sysconfdir\n"
                               "looks there.\n"
                               ".El\n"
                               ".Sh EXAMPLES\n"
                               "Behind a proxy on the same machine that ends TLS:\n"
                               ".Bd -literal -offset indent\n"
                               "listen = 127.0.0.1:8070\n"
                               "public_url = https://chat.example.org\n"
                               "trusted_proxies = 127.0.0.1\n"
                               ".Ed\n"
                               ".Pp\n"
                               ".Xr deskbelld 8\n"
                               "says what nginx, HAProxy and Apache httpd are told.\n"
                               ".Sh SEE ALSO\n"
                               ".Xr deskbellctl 1 ,\n"
                               ".Xr deskbell-protocol 7 ,\n"
                               ".Xr deskbell-settings 7 ,\n"
                               ".Xr deskbell-dispatcher 8 ,\n"
                               ".Xr deskbelld 8\n";

void conf_manual(struct buf *out)
{
    buf_add_str(out, man_head);
    for (size_t i = 0; i < options_count; i++)
        man_option(out, &options[i]);
    buf_add_str(out, man_tail);
}
