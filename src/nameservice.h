/*
 * nameservice.h - what of files, sockets and variables leads past the list of
 * hosts, or to it: the files by which libc resolves names, the daemons that
 * resolve for others, proxies.
 */
#ifndef NAMESERVICE_H
#define NAMESERVICE_H

#include "host.h"
#include "view.h"

/* In a run whose network is not open: hides the daemons' sockets; and where
 * hosts are listed, binds files that lead each program to playpen. They are
 * made in the manager's runtime directory, if this is no dry run. */
void close_name_services(struct view *view, const struct host *host);

/* Under a path restriction: shows the files of /etc by which names and the time
 * are told, wherever these lead, and where the network is open the daemons that
 * resolve names. Once all is hidden that will be. */
void show_name_services(struct view *view);

/* Is PATH the socket of a daemon that resolves names? */
bool is_name_service(const char *path);

/* Is the variable NAME, with VALUE, a proxy that POLICY's network does not
 * reach? */
bool is_closed_proxy(const struct policy *policy, const char *name,
                     const char *value);

#endif
