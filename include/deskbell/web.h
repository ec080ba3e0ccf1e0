/*
 * The files that the gateway serves: pages, scripts, styles, pictures, compiled into the program.
 * It only looks them up; the edge decides about methods, conditional requests and headers.
 */
#ifndef DESKBELL_WEB_H
#define DESKBELL_WEB_H

#include "deskbell/span.h"

/* Which Content-Security-Policy goes with a file; the texts are a table in src/edge. */
enum web_csp {
    WEB_CSP_NOTHING, /* default-src 'none': everything that is not a page */
    WEB_CSP_PAGE,    /* console and admin: own scripts, styles, pictures and sockets, no frames */
    WEB_CSP_DEMO     /* the demo site: as a customer's page has to allow the widget */
};

struct web_file {
    const char *path; /* as requested: "/console/", "/w/1.0.0/deskbell.js" */
    const char *type; /* "text/html; charset=utf-8" */
    const char *etag; /* with its quotes, made from the hash of bytes */
    enum web_csp csp;
    bool immutable;    /* the path changes with the bytes: cached for ever */
    bool cross_origin; /* the widget's files: any site may load them */
    struct span bytes;
    struct span gzip; /* empty where packing does not pay */
};

/* NULL if there is none; never allocates, O(log files).  Static. */
const struct web_file *web_find(struct span path);

/* Every file, in the order of their paths, for tests and listings; NULL past the end. */
const struct web_file *web_at(size_t index);

/*
 * The widget's version, as in /w/VERSION/deskbell.js, and the hash of that file as a page's
 * integrity attribute wants it ("sha384-..."): what an embed code is made of.  Static.
 */
const char *web_widget_version(void);
const char *web_widget_integrity(void);

#endif
