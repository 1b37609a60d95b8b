# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that runs in a namespace, with its output in a file, and that never outlives the laboratory."""
import contextlib
import ctypes
import glob
import os
import select
import signal
import subprocess

from .errors import LabError

_PR_SET_PDEATHSIG = 1
_DEATH_SECONDS = 10
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def is_alive(pid):
    """Whether a process has this number; a zombie has ended, only nobody has waited for it yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            state = stat.read().rpartition(")")[2].split()[:1]
    except OSError:  # not there, or gone while it is read (ESRCH)
        return False
    return state not in ([], ["Z"], ["X"])


def _family(pid):
    """The process, and all of its group that come from it and still run."""
    found = [pid]
    for one in found:
        for path in glob.glob(f"/proc/{one}/task/*/children"):
            with contextlib.suppress(OSError), open(path, encoding="ascii") as children:  # it may be ending
                found.extend(child for child in map(int, children.read().split()) if os.getpgid(child) == pid)
    return found


@contextlib.contextmanager
def _pidfd(pid):
    """Readable when the process has ended with all its threads; a zombie whose threads still run has not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        descriptor = os.open("/dev/null", os.O_RDONLY)  # readable at once
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Process:
    def __init__(self, namespace, argv, name, log_path, env=None):
        self.name = name
        self.argv = [str(argument) for argument in argv]
        self.log_path = log_path
        # `ip netns exec` replaces itself with the program: the process id is the program's own.
        with open(log_path, "wb") as log:
            self._popen = subprocess.Popen(
                ["ip", "netns", "exec", namespace.name, *self.argv], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env=env, start_new_session=True, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self._popen.pid

    @property
    def returncode(self):
        """The exit status, or None while it runs."""
        return self._popen.poll()

    def running(self):
        return self.returncode is None

    def signal(self, number):
        if self.running():
            self._popen.send_signal(number)

    def pause(self):
        self._signal_group(signal.SIGSTOP)

    def resume(self):
        self._signal_group(signal.SIGCONT)

    def kill(self):
        """SIGKILL, children of the same group too. Returns when all are dead, and hold nothing more."""
        kill_at_once(self)

    def _signal_group(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def wait(self, timeout):
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {timeout} s\n{self.tail()}") from None

    def terminate(self, timeout=5.0):
        """SIGTERM and wait; the exit status. LabError, after a SIGKILL, if it does not end in time."""
        self.signal(signal.SIGTERM)
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LabError(f"{self.name} did not end within {timeout} s of SIGTERM\n{self.tail()}") from None

    def output(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def tail(self, lines=25):
        kept = self.output().splitlines()[-lines:]
        return "\n".join([f"--- {self.name} (pid {self.pid}, status {self.returncode})", *kept])


def kill_at_once(*processes):
    """SIGKILL to all of them, and their children of the same group, before anybody waits for the first."""
    with contextlib.ExitStack() as stack:
        ends = [stack.enter_context(_pidfd(member)) for process in processes if process.running()
                for member in _family(process.pid)]
        for process in processes:
            process._signal_group(signal.SIGKILL)
        for process in processes:
            process._popen.wait()
        for end in ends:
            if not select.select([end], [], [], _DEATH_SECONDS)[0]:
                raise LabError(f"a process still runs {_DEATH_SECONDS} s after SIGKILL")
