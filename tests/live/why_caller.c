/*
 * why_caller.c - calls that name files in all the ways that why.bats needs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *place;

static char *in(const char *dir, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static void look(const char *path)
{
    struct stat st;

    (void)!open(path, O_RDONLY);
    (void)!stat(path, &st);
}

/* Waits until the watcher has looked at what came before: it serves one call
 * after the other. */
static void settle(void)
{
    struct stat st;

    for (int i = 0; i < 3; i++)
        (void)!stat("/", &st);
}

static void *thread(void *path)
{
    look(path);
    return NULL;
}

static void look_chrooted(void)
{
    uid_t uid = getuid();
    char map[32];
    int fd;

    if (fork() == 0) {
        if (unshare(CLONE_NEWUSER) < 0)
            _exit(0);
        snprintf(map, sizeof(map), "0 %d 1", (int)uid);
        fd = open("/proc/self/uid_map", O_WRONLY);
        if (fd < 0 || write(fd, map, strlen(map)) < 0 ||
            chroot(getenv("HOME")) < 0 || chdir("/") < 0)
            _exit(0);
        look(in("", in(place + strlen(getenv("HOME")) + 1, "chrooted")));
        settle();
        printf("chrooted\n");
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

/* open(2) of i386, of a name below 4 GiB. */
static void look_compat(void)
{
#ifdef __x86_64__
    char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    long result;

    if (fork() == 0) {
        strcpy(low, in(place, "compat"));
        __asm__ volatile("int $0x80"
                         : "=a"(result)
                         : "a"(5), "b"(low), "c"(O_RDONLY), "d"(0)
                         : "memory");
        settle();
        printf("compat\n");
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
#endif
}

/* Calls that are less often used. */
static void rare(void)
{
    const char *below = place + strlen(getenv("HOME")) + 1;
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof(to) };
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)!chdir(getenv("HOME"));
    (void)!getxattr(in(place, "xattr"), "user.x", NULL, 0);
    (void)!inotify_add_watch(inotify_init(), in(place, "inotify"), IN_OPEN);
    strcpy(to.sun_path, in(below, "sent"));
    (void)!sendmsg(fd, &message, 0);
    strcpy(to.sun_path, in(place, "bound/new"));
    (void)!bind(fd, (struct sockaddr *)&to, sizeof(to));
    settle();
}

static void names(void)
{
    pthread_t one;
    int fd = open(getenv("HOME"), O_PATH);
    const char *below = place + strlen(getenv("HOME")) + 1;

    (void)!chdir(getenv("HOME"));
    look(in(below, "relative"));
    (void)!openat(fd, in(below, "at"), O_RDONLY);
    look(in(below, "none/../sub/./up"));
    pthread_create(&one, NULL, thread, in(place, "threaded"));
    pthread_join(one, NULL);
    if (vfork() == 0) {
        execl(in(place, "child"), "child", NULL);
        _exit(0);
    }
    wait(NULL);
    (void)!access(in(place, "child"), R_OK);
    settle();
    look_chrooted();
    look_compat();
}

static void *many(void *path)
{
    for (int i = 0; i < 50; i++)
        look(path);
    return NULL;
}

static void threads(void)
{
    pthread_t all[200];

    for (int i = 0; i < 200; i++)
        if (pthread_create(&all[i], NULL, many, (void *)place))
            exit(1);
    for (int i = 0; i < 200; i++)
        pthread_join(all[i], NULL);
    printf("threads done\n");
}

static void forks(void)
{
    for (int i = 0; i < 5000; i++) {
        pid_t pid = fork();

        if (pid < 0)
            exit(1);
        if (pid == 0) {
            (void)!open(place, O_RDONLY);
            _exit(0);
        }
        if (i % 50 == 49)
            while (wait(NULL) > 0)
                ;
    }
    printf("forks done\n");
}

static void loop(void)
{
    printf("ready\n");
    fflush(stdout);
    for (;;)
        look("/nowhere");
}

static char changing[8192];

static void *change(void *unused)
{
    (void)unused;
    for (int i = 0; i < 200000; i++)
        changing[1 + i % 4000] = i % 3 ? 'x' : '/';
    return NULL;
}

/* Children that are killed while they are looked at. */
static void killed(const char *path)
{
    for (int i = 0; i < 200; i++) {
        pid_t pid = fork();

        if (pid == 0)
            for (;;)
                (void)!access(path, F_OK);
        usleep(300);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

static void attack(void)
{
    char *end = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_t one;
    struct stat st;

    munmap(end + 4096, 4096);
    printf("null %s\n", open(NULL, O_RDONLY) < 0 ? strerror(errno) : "");
    printf("wild %s\n",
           open((char *)~0xfffUL, O_RDONLY) < 0 ? strerror(errno) : "");
    memset(end, 'x', 4096);
    printf("cut %s\n", open(end, O_RDONLY) < 0 ? strerror(errno) : "");
    strcpy(end + 4096 - 5, "/etc");
    printf("edge %d\n", stat(end + 4096 - 5, &st));
    memset(changing, 'x', 4096);
    changing[0] = '/';
    printf("long %s\n", open(changing, O_RDONLY) < 0 ? strerror(errno) : "");
    memset(changing + 4095, 0, 10);
    pthread_create(&one, NULL, change, NULL);
    for (int i = 0; i < 2000; i++)
        (void)!open(changing, O_RDONLY);
    pthread_join(one, NULL);
    syscall(SYS_connect, 0, NULL, ~0);
    syscall(SYS_connect, 0, changing, 3);
    syscall(SYS_openat2, -5, "x", NULL, 0);
    syscall(SYS_openat, 12345, "x", 0);
    (void)!access(in(place, "\033[31mred\nline"), F_OK);
    killed("/nowhere");
    printf("done\n");
}

static int install(unsigned flags, unsigned action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { 4, code };

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    errno = 0;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void listener(void)
{
    install(1 << 3, SECCOMP_RET_USER_NOTIF);
    printf("listener: %s\n", strerror(errno));
    install(0, SECCOMP_RET_ERRNO | EPERM);
    errno = 0;
    syscall(SYS_getpgid, 0);
    printf("filtered: %s\n", strerror(errno));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = { { "names", names },   { "threads", threads },
                  { "forks", forks },   { "loop", loop },
                  { "attack", attack }, { "listener", listener },
                  { "rare", rare } };

    place = argc > 2 ? argv[2] : "";
    for (size_t i = 0; argc > 1 && i < 7; i++)
        if (strcmp(argv[1], modes[i].name) == 0)
            modes[i].run();
    return 0;
}
