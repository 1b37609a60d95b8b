// SPDX-License-Identifier: GPL-2.0-or-later
// The page of the permissions: the tables that decide, as they are.
#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>

#include "daemon/reference.hpp"
#include "node/permission.hpp"

namespace highbase::daemon {
namespace {

using node::Act;
using node::Mode;

std::string rows(Mode mode, Act act) {
    std::string table = "| | who | on which evidence | who is asked before |\n| --- | --- | --- | --- |\n";
    std::map<std::string_view, const node::Permission*> lasts;  // to fit, of each of them
    for (const node::Permission& row : node::permissions(mode)) {
        if (row.act != act) continue;
        table += fmt::format("| `{}` | {} | {} | {} |\n", row.name, row.who, row.evidence, sentence(row.ask));
        if (!row.missing.empty()) lasts[row.who] = &row;
    }
    table +=
        "\nWhere no row permits it, this is said, and this helps:\n\n| who | what is missing | what an "
        "operator "
        "can do |\n| --- | --- | --- |\n";
    for (const auto& [who, row] : lasts)
        table += fmt::format("| {} | {} | {} |\n", who, row->missing, row->remedy);
    return table;
}

std::string vetoes() {
    std::string table = "| | the other box | what an operator can do |\n| --- | --- | --- |\n";
    for (const node::Veto& veto : node::vetoes())
        table += fmt::format("| `{}` | {} | {} |\n", veto.name, veto.says, veto.remedy);
    return table;
}

}  // namespace

std::string permissions_markdown() {
    return fmt::format(
        R"(<!-- Made from node/permission.cpp by `highbase_reference permissions`; do not edit. -->
# Who may do what, on which evidence

Two things weaken what protects the data, if the other box did the same: to begin a term, and to acknowledge
without a replica. These tables decide on both. The first row that fits and whose evidence is there is the
one that counts; where there is none, nothing is done, and what is missing is told. [failover.md](failover.md)
says what else must be so: a server that answers, an applier that works, no errant transactions.

Before anything else an election has to be won, and nothing may stand against it:

{}
## Mode lossless

To begin a term:

{}
Where there is a witness, each promotion asks it, and a no ends each. Where it does not answer, a successor
that was named (RESIGN) asks the other box in its place: that writes down that the term is not its own.

To go on alone:

{}
## Mode available

To begin a term:

{}
To go on alone:

{})",
        vetoes(), rows(Mode::lossless, Act::begin_term), rows(Mode::lossless, Act::go_alone),
        rows(Mode::available, Act::begin_term), rows(Mode::available, Act::go_alone));
}

}  // namespace highbase::daemon
