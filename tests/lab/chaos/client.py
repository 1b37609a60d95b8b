#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that write and read through one address, and say what became of it. recorder.py runs it.

Each thread is a client with a connection of its own, which it opens again when it breaks, and does one thing
after the other: two writes, then a read. A write is one row (client, number, server, term) in app.history;
no row is ever sent twice. Standard output has a line for each operation, written when it has ended; times
are nanoseconds of time.monotonic_ns():

    W CLIENT NUMBER INVOKED ANSWERED SERVER TERM       acknowledged
    U CLIENT NUMBER INVOKED GIVEN_UP SERVER TERM WHY   sent, but no answer came
    F CLIENT NUMBER INVOKED ANSWERED SERVER TERM WHY   refused: the server is read-only
    R CLIENT INVOKED ANSWERED SERVER TERM C=N,C=N,...  read: the greatest number of each client
    C CLIENT TIME SERVER                               a connection
    E CLIENT TIME WHY                                  no connection, or it broke before anything was sent

SIGTERM is the end.
"""
import argparse
import os
import signal
import socket
import sys
import threading
import time

import pymysql

# ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE
READ_ONLY = (1290, 1792, 1836)
TERM = "SELECT MAX(epoch) FROM highbase.epoch"
INSERT = "INSERT INTO app.history (client, number, server, epoch) VALUES ({}, {}, {}, {})"
SELECT = f"SELECT client, MAX(number), ({TERM}) FROM app.history GROUP BY client"
WRITES_PER_READ = 2


def say(*words):
    # One call: lines of different threads do not mix, and a SIGKILL loses none.
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


def one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


class Client(threading.Thread):
    def __init__(self, number, options, ended):
        super().__init__(daemon=True)
        self.number, self.options, self.ended = number, options, ended
        self._connection = self._server = None
        self._last = 0  # the number of the last write
        self._turn = number
        self._failing = False
        self._period = options.threads / options.rate
        self._next = time.monotonic() + self._period * (number % options.threads) / options.threads

    def run(self):
        while not self.ended.is_set():
            if self._connect():
                self._operate()
                self._wait_for_turn()
            else:
                self.ended.wait(self.options.retry_ms / 1e3)
        self._close()

    def _connect(self):
        if self._connection:
            return True
        options = self.options
        seconds = options.answer_ms / 1e3
        try:
            link = socket.create_connection((options.address, options.port), options.connect_ms / 1e3)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = pymysql.Connection(
                user=options.user, password=options.password, autocommit=True, defer_connect=True,
                read_timeout=seconds, write_timeout=seconds)
            connection.connect(link)
            self._connection = connection
            (self._server,), = self._rows("SELECT @@server_id")
        except (OSError, pymysql.MySQLError, ValueError) as error:
            self._broken(error)
            return False
        self._failing = False
        say("C", self.number, time.monotonic_ns(), self._server)
        return True

    def _broken(self, error):
        if not self._failing:
            say("E", self.number, time.monotonic_ns(), one_line(error))
        self._failing = True
        self._close()

    def _rows(self, statement):
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def _operate(self):
        self._turn += 1
        invoked = time.monotonic_ns()
        try:
            if self._turn % (WRITES_PER_READ + 1) == 0:
                self._read(invoked)
                return
            (term,), = self._rows(TERM)
        except (OSError, pymysql.MySQLError, ValueError) as error:
            self._broken(error)  # nothing was sent that could change anything
            self.ended.wait(self.options.retry_ms / 1e3)
            return
        self._write(invoked, term or 0)

    def _read(self, invoked):
        rows = self._rows(SELECT)
        seen = ",".join(f"{client}={number}" for client, number, _ in rows)
        say("R", self.number, invoked, time.monotonic_ns(), self._server, rows[0][2] if rows else 0, seen)

    def _write(self, invoked, term):
        self._last += 1
        words = (self.number, self._last, invoked)
        try:
            self._connection.query(INSERT.format(self.number, self._last, self._server, term))
            say("W", *words, time.monotonic_ns(), self._server, term)
        except (OSError, pymysql.MySQLError) as error:
            refused = bool(error.args) and error.args[0] in READ_ONLY
            say("F" if refused else "U", *words, time.monotonic_ns(), self._server, term, one_line(error))
            # A pool drops a connection with an error; the next one may lead to another server.
            self._close()
            self.ended.wait(self.options.retry_ms / 1e3)

    def _close(self):
        if self._connection:
            self._connection._force_close()  # without a word: the other end may be frozen
            self._connection = None

    def _wait_for_turn(self):
        """Turns that were missed during an outage are not made up for."""
        missed = max(0, int((time.monotonic() - self._next) / self._period))
        self._next += (missed + 1) * self._period
        self.ended.wait(max(0.0, self._next - time.monotonic()))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--port", type=int, default=3306)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="number of the first client")
    parser.add_argument("--rate", type=float, default=60, help="operations a second in all")
    parser.add_argument("--retry-ms", type=float, default=10, help="between two attempts to connect")
    parser.add_argument("--connect-ms", type=float, default=150, help="for the TCP connection")
    parser.add_argument("--answer-ms", type=float, default=1000, help="for each answer of the server")
    return parser.parse_args()


def main():
    options = parse_arguments()
    sys.setswitchinterval(0.0005)  # a thread with an answer waits for the others no longer than that
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))  # of all threads: it is waited for
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = threading.Event()
    clients = [Client(options.first + number, options, ended) for number in range(options.threads)]
    for client in clients:
        client.start()
    signal.sigwait((signal.SIGTERM,))
    ended.set()
    for client in clients:
        client.join((options.connect_ms + 3 * options.answer_ms) / 1e3 + 1)


if __name__ == "__main__":
    main()
