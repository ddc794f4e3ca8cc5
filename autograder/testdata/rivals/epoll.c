/* The line server of the lab's benchmark in C: one thread, epoll, level-triggered. Each line is answered in upper case; the
 * end of the client's stream ends the conversation. With greet it says HELLO first, and ends the conversation after one answer.
 * Usage: epoll PORT [greet] */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, CHUNK = 16384 };

/* A client whose answer has not gone out whole is not read from until it has. */
struct client {
	int fd;
	size_t begin, end; /* of what is still to be sent */
	char output[CHUNK];
};

static int loop, greets;

static const char greeting[] = "HELLO\n";

static void drop(struct client *c) {
	close(c->fd);
	free(c);
}

static void watch(struct client *c, int op, unsigned events) {
	struct epoll_event e = {.events = events, .data.ptr = c};
	if (epoll_ctl(loop, op, c->fd, &e) < 0) {
		perror("epoll_ctl");
		exit(1);
	}
}

/* flush returns 0 when all has gone out, 1 when the rest has to wait, -1 when the client is gone. */
static int flush(struct client *c) {
	while (c->begin < c->end) {
		ssize_t n = write(c->fd, c->output + c->begin, c->end - c->begin);
		if (n < 0)
			return errno == EAGAIN ? 1 : -1;
		c->begin += n;
	}
	c->begin = c->end = 0;
	return 0;
}

static void serve(struct client *c, unsigned events) {
	int left = 0, answered = 1;
	if (events & EPOLLOUT) {
		left = flush(c);
		if (left == 0)
			watch(c, EPOLL_CTL_MOD, EPOLLIN);
	} else {
		ssize_t n = read(c->fd, c->output, CHUNK);
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			drop(c);
			return;
		}
		answered = n > 0 && memchr(c->output, '\n', n) != NULL;
		for (ssize_t i = 0; i < n; i++)
			c->output[i] = toupper((unsigned char)c->output[i]);
		c->end = n > 0 ? n : 0;
		left = flush(c);
		if (left == 1)
			watch(c, EPOLL_CTL_MOD, EPOLLOUT);
	}
	if (left < 0 || (greets && left == 0 && answered))
		drop(c);
}

static void welcome(int listener) {
	int one = 1, fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct client *c = calloc(1, sizeof *c);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		c->fd = fd;
		watch(c, EPOLL_CTL_ADD, EPOLLIN);
		if (greets && write(fd, greeting, sizeof greeting - 1) < 0)
			drop(c); /* which takes it from the loop, too */
	}
}

int main(int argc, char **argv) {
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, SOMAXCONN) < 0) {
		perror("listen");
		return 1;
	}
	greets = argc > 2;
	loop = epoll_create1(0);
	struct client door = {.fd = listener};
	watch(&door, EPOLL_CTL_ADD, EPOLLIN);
	for (;;) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(loop, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &door)
				welcome(listener);
			else
				serve(events[i].data.ptr, events[i].events);
		}
	}
}
