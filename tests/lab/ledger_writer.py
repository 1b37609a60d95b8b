#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes through one address as an application does, and says what became of each row. ledger.py runs it.

Several threads, each with a connection of its own that it opens again when it breaks, insert rows into
app.ledger. No row is ever sent twice. Standard output has a line for each event, written as it happens; times
are nanoseconds of time.monotonic_ns():

    A ID SENT ANSWERED      the server has acknowledged it
    U ID SENT GIVEN_UP WHY  sent, but no answer came: nobody can say whether it is there
    R ID SENT ANSWERED WHY  the server has refused it: it is read-only
    E THREAD TIME WHY       no connection; only the first failure of a row of them
    C THREAD TIME           a connection
    P THREAD TIME           it pauses, between two rows

SIGUSR2: each thread ends what it has begun, and pauses; SIGUSR1: they go on; SIGTERM: the end.
"""
import argparse
import itertools
import os
import signal
import socket
import sys
import threading
import time

import pymysql

# Of two that wait the smaller number is taken first: a RESUME may still wait when a PAUSE comes, not vice
# versa.
RESUME, PAUSE, END = signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM

# ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE
READ_ONLY = (1290, 1792, 1836)
INSERT = "INSERT INTO app.ledger (id, writer, server) VALUES ({}, {}, @@server_id)"


def say(*words):
    # One call: lines of different threads do not mix, and a SIGKILL loses none.
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


def one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


class Writer(threading.Thread):
    def __init__(self, number, options, ids, ended, going):
        super().__init__(daemon=True)
        self.number, self.options, self.ids, self.ended, self.going = number, options, ids, ended, going
        self._connection = None
        self._failing = False
        # All threads together write at the rate: each one's turn comes between those of the others.
        self._period = options.threads / options.rate if options.rate else 0.0
        self._next = time.monotonic() + (number / options.rate if options.rate else 0.0)

    def run(self):
        while self._may_go_on():
            if self._connect():
                self._write(next(self.ids))
                self._wait_for_turn()
            else:
                self.ended.wait(self.options.retry_ms / 1e3)
        self._close()

    def _may_go_on(self):
        if not self.going.is_set():
            say("P", self.number, time.monotonic_ns())
            self.going.wait()
        return not self.ended.is_set()

    def _connect(self):
        if self._connection:
            return True
        options = self.options
        answer_seconds = options.answer_ms / 1e3
        try:
            link = socket.create_connection((options.address, options.port), options.connect_ms / 1e3)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = pymysql.Connection(
                user=options.user, password=options.password, autocommit=True, defer_connect=True,
                read_timeout=answer_seconds, write_timeout=answer_seconds)
            connection.connect(link)
        except (OSError, pymysql.MySQLError) as error:
            if not self._failing:
                say("E", self.number, time.monotonic_ns(), one_line(error))
            self._failing = True
            return False
        self._connection, self._failing = connection, False
        say("C", self.number, time.monotonic_ns())
        return True

    def _write(self, number):
        statement = INSERT.format(number, self.number)
        sent = time.monotonic_ns()
        try:
            self._connection.query(statement)
            say("A", number, sent, time.monotonic_ns())
        except (OSError, pymysql.MySQLError) as error:
            refused = bool(error.args) and error.args[0] in READ_ONLY
            say("R" if refused else "U", number, sent, time.monotonic_ns(), one_line(error))
            # A pool drops a connection with an error; the next one may lead to another server.
            self._close()
            self.ended.wait(self.options.retry_ms / 1e3)

    def _close(self):
        if self._connection:
            self._connection._force_close()  # without a word: the other end may be frozen
            self._connection = None

    def _wait_for_turn(self):
        """Turns that were missed during an outage are not made up for."""
        if self._period:
            missed = max(0, int((time.monotonic() - self._next) / self._period))
            self._next += (missed + 1) * self._period
            self.ended.wait(self._next - time.monotonic())


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--port", type=int, default=3306)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--rate", type=float, default=200, help="rows a second in all; 0: as fast as it goes")
    parser.add_argument("--first-id", type=int, default=1)
    parser.add_argument("--retry-ms", type=float, default=5, help="between two attempts to connect")
    parser.add_argument("--connect-ms", type=float, default=50, help="for the TCP connection")
    parser.add_argument("--answer-ms", type=float, default=250, help="for each answer of the server")
    return parser.parse_args()


def main():
    options = parse_arguments()
    sys.setswitchinterval(0.0005)  # a thread with an answer waits for the others no longer than that
    signal.pthread_sigmask(signal.SIG_BLOCK, (PAUSE, RESUME, END))  # of all threads: they are waited for
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended, going = threading.Event(), threading.Event()
    going.set()
    ids = itertools.count(options.first_id)
    writers = [Writer(number, options, ids, ended, going) for number in range(options.threads)]
    for writer in writers:
        writer.start()
    while (told := signal.sigwait((PAUSE, RESUME, END))) != END:
        going.clear() if told == PAUSE else going.set()
    ended.set()
    going.set()
    for writer in writers:
        writer.join((options.connect_ms + 2 * options.answer_ms) / 1e3 + 1)


if __name__ == "__main__":
    main()
