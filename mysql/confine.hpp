// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace highbase::mysql {

// Gives up what the worker has from the daemon and needs no more: all capabilities, for good, and the
// protection against the out-of-memory killer. No core dump and no debugger of another process shall show a
// password; the death of the thread that started it ends it, whatever it hangs in, and SIGTERM does not. The
// user stays the daemon's: a server may know the account by it (unix_socket), and files of keys may belong to
// it. Throws std::system_error where capabilities would stay.
void confine();

}  // namespace highbase::mysql
