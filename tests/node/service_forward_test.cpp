// SPDX-License-Identifier: GPL-2.0-or-later
// A pair of gateways: who leads clients where, when only a box fails, only a server, or both.
#include "node/forwarding.hpp"
#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Role;
using cluster::Term;
using node::Phase;

namespace {

const std::string kClosedIt = "SET GLOBAL read_only = ON";
const std::string kPeerServer = "192.0.2.1:3306";
const std::string kOwnServer = "192.0.2.2:3306";

node::ServiceSettings gateway_settings() {
    node::ServiceSettings settings = service_settings();
    settings.forwards = true;
    settings.database.server = vrrp::Endpoint{vrrp::IpAddress::v4(192, 0, 2, 2), 3306};
    return settings;
}

cluster::ServiceState with_clients(cluster::ServiceState state) {
    state.serves = true;
    return state;
}
cluster::ServiceState resigning() {
    cluster::ServiceState state = said(Role::none, 3, "0-1-100");
    state.word = cluster::Resign{cluster::Epoch{3}, "b", {"0-1-100"}};
    return state;
}
// Of the peer's server.
replication::ServerView open_view() {
    replication::ServerView view = primary_view("0-1-100", true);
    view.uuid = "server-a";
    view.server_id = 1;
    return view;
}
// The same, where it follows this box's.
replication::ServerView following_view() {
    replication::ServerView view = replica_view("0-2-100");
    view.channels.front().source_host = "192.0.2.2";
    return view;
}

struct GatewayStory : ServiceStory {
    GatewayStory() : ServiceStory{gateway_settings()} { handle(node::ServiceTimer{}); }
    // What it owes is done, until nothing is left.
    void settle(const replication::ServerView& view) {
        for (int i = 0; i < 10; ++i) {
            done();
            sees(view);
        }
    }
};

// In sync in term 3 of "a", which has the addresses; this box has seen both servers.
struct GatewayBackup : GatewayStory {
    GatewayBackup() {
        wait(4s);
        handle(node::JournalRead{journal(3)});
        handle(fresh(with_clients(primary_says(3, "0-1-100", true))));
        sees(replica_view("0-1-100"));
        handle(node::PeerServerSeen{open_view()});
        settle(replica_view("0-1-100"));
    }
};

// The other box is gone, and clients come in here.
struct Forwarding : GatewayBackup {
    Forwarding() {
        handle(silent());
        handle(node::Won{});
        done();
        sees(replica_view("0-1-100"));
    }
};

// In term 4, with the addresses.
struct GatewayPrimary : GatewayStory {
    GatewayPrimary() {
        wait(4s);
        handle(node::JournalRead{journal(3, Term::held, true)});
        handle(fresh(tests::said(Role::none, 3, "0-2-100")));
        sees(server_view("0-2-100"));
        handle(node::Won{});
        promoted(server_view("0-2-100"));
        sees(primary_view("0-2-100", false));
        handle(fresh(replica_says(4, "0-2-100")));
        sees(primary_view("0-2-100", true));
        settle(primary_view("0-2-100", true));
    }
};

// Its daemon was away, in term 4.
struct GatewayReturned : GatewayStory {
    GatewayReturned() {
        handle(node::JournalRead{journal(4, Term::held)});
        sees(primary_view("0-2-100", true));
    }
};

cluster::ServiceState consenting(std::uint64_t epoch) {
    cluster::ServiceState state = replica_says(epoch, "0-2-100");
    state.foreign_term = true;
    return state;
}

}  // namespace

TEST_CASE(
    "where only the primary's box has gone, clients are led to the same server, and nothing is promoted") {
    GatewayBackup story;
    CHECK(only(story.handle(silent()), "eligible") == Lines{"eligible"});
    CHECK(only(story.handle(node::Won{}), "task") == Lines{"task 3: evict the peer's clients"});
    CHECK_FALSE(story.said().serves);
    CHECK(story.done() == Lines{"forwarding server=" + kPeerServer, "serve by " + kPeerServer});
    CHECK(story.said().serves);
    CHECK(story.said().role == Role::replica);
    CHECK(story.said().epoch == cluster::Epoch{3});
    CHECK(story.sees(replica_view("0-1-100")) == Lines{});
    CHECK(story.wait(10s) == Lines{});
}

TEST_CASE("a server that cannot be rid of old clients is led to all the same") {
    GatewayBackup story;
    story.handle(silent());
    story.handle(node::Won{});
    CHECK(only(story.wait(1s), "serve by") == Lines{"serve by " + kPeerServer});
}

TEST_CASE("a box that has lost its clients, and not its server, says so: they are led to it at once") {
    GatewayBackup story;
    story.handle(fresh(primary_says(3, "0-1-100", true)));
    story.handle(node::Won{});
    CHECK(only(story.done(), "serve by") == Lines{"serve by " + kPeerServer});
    // Its word counts more than a look that is old.
    replication::ServerView closed = open_view();
    closed.read_only = true;
    CHECK(only(story.handle(node::PeerServerSeen{closed}), "promotion_began") == Lines{});
    CHECK(story.said().serves);
}

TEST_CASE(
    "when the server that clients are led to dies, the own one becomes the primary, and they come to it") {
    Forwarding story;
    const Lines lines = story.handle(node::PeerServerDown{"gone"});
    CHECK(only(lines, "peer_server_lost") == Lines{"peer_server_lost reason=gone"});
    CHECK(only(lines, "pause") == Lines{"pause"});  // nobody is led to a dead server
    CHECK(only(lines, "promotion_began") == Lines{"promotion_began epoch=4"});
    CHECK_FALSE(story.said().serves);
    const Lines done = story.promoted(stopped_view("0-1-100", "0-1-100"));
    CHECK(only(done, "serve by") == Lines{"serve by " + kOwnServer});
    CHECK(story.said().role == Role::primary);
    CHECK(story.said().serves);
}

TEST_CASE("the same when it was restarted, and takes no writes") {
    Forwarding story;
    replication::ServerView closed = open_view();
    closed.read_only = true;
    CHECK(only(story.handle(node::PeerServerSeen{closed}), "promotion_began") ==
          Lines{"promotion_began epoch=4"});
}

TEST_CASE("a server that this box may not ask is led to as before, and is not led to anew") {
    Forwarding story;
    CHECK(story.handle(node::PeerServerUnknown{"error 1040"}) == Lines{"peer_server_lost reason=error 1040"});
    CHECK(story.said().serves);

    GatewayBackup other;
    other.handle(node::PeerServerUnknown{"error 1040"});
    other.handle(silent());
    CHECK(only(other.handle(node::Won{}), "promotion_began") == Lines{"promotion_began epoch=4"});
}

TEST_CASE("where the other server is gone as well, it is as with a server on each box") {
    GatewayBackup story;
    story.handle(node::PeerServerDown{"gone"});
    story.handle(silent());
    CHECK(only(story.handle(node::Won{}), "promotion_began") == Lines{"promotion_began epoch=4"});
}

TEST_CASE("while the other box lets clients in, this one does not") {
    GatewayBackup story;
    CHECK(story.handle(node::Won{}) ==
          Lines{"takeover_refused reason=a says that its server takes writes remedy=hbctl switchover there",
                "refuse"});
    // Nor while it may be about to.
    story.handle(node::PeerTold{cluster::Standing::one_way, "a", std::nullopt, false});
    CHECK(
        story.handle(node::Won{}) ==
        Lines{
            "takeover_refused reason=a lives, and does not hear this box remedy=mend the network; or switch "
            "the other box off",
            "refuse"});
}

TEST_CASE("a box that forwards is the successor of the primary, and becomes it") {
    Forwarding story;
    story.handle(fresh(primary_says(3, "0-1-100", true)));
    CHECK(story.said().serves);
    cluster::ServiceState demoting = said(Role::demoting, 3, "0-1-100");
    CHECK(only(story.handle(fresh(demoting)), "pause") == Lines{});
    const Lines lines = story.handle(fresh(resigning()));
    CHECK(only(lines, "pause") == Lines{"pause"});
    CHECK(only(lines, "promotion_began") == Lines{"promotion_began epoch=4"});
    CHECK(only(lines, "succeed") == Lines{});  // it has the addresses already
}

TEST_CASE("with nobody to lead clients to, a box says so once, and goes on when the server is back") {
    Forwarding story;
    replication::ServerView behind = replica_view("0-1-100");
    behind.channels.front().delay = 60s;  // cannot be promoted
    story.sees(behind);
    const Lines lost = story.handle(node::PeerServerDown{"gone"});
    CHECK(only(lost, "nothing_to_forward_to") == Lines{"nothing_to_forward_to reason=gone"});
    CHECK(story.handle(node::PeerServerDown{"gone"}) == Lines{});
    CHECK(story.wait(10s) == Lines{});
    CHECK(story.said().serves);
    CHECK(story.handle(node::PeerServerSeen{open_view()}) == Lines{"peer_server_reached"});
    CHECK(story.next() == -1);
}

TEST_CASE("where the other box reaches the primary, and this one does not, it has the addresses") {
    Forwarding story;
    story.handle(fresh(primary_says(3, "0-1-100", true)));
    const Lines lost = story.handle(node::PeerServerDown{"gone"});
    CHECK(only(lost, "refuse") == Lines{});  // it may be about to say what comes next
    CHECK(only(lost, "promotion_began") == Lines{});
    CHECK(story.next() == 3000);
    CHECK(only(story.wait(3s), "refuse") ==
          Lines{"takeover_refused reason=the other box serves better remedy=nothing need be done", "refuse"});
    CHECK_FALSE(story.said().serves);
}

TEST_CASE("a primary keeps its role without the addresses, and serves when they come back") {
    GatewayPrimary story;
    CHECK(story.said().serves);
    CHECK(story.handle(node::Lost{}) == Lines{"addresses_elsewhere"});
    CHECK(story.service().phase() == Phase::primary);
    CHECK_FALSE(story.said().serves);
    CHECK(story.sees(primary_view("0-2-100", true)) == Lines{});  // and is not fenced
    // The other box leads clients here: not this one's turn.
    CHECK(only(story.handle(fresh(with_clients(replica_says(4, "0-2-100")))), "eligible") ==
          Lines{"not eligible"});
    CHECK(only(story.handle(silent()), "eligible") == Lines{"eligible"});
    CHECK(only(story.handle(node::Won{}), "task").size() == 1);
    CHECK(story.done() == Lines{"forwarding server=" + kOwnServer, "serve by " + kOwnServer});
    CHECK(story.said().epoch == cluster::Epoch{4});
}

TEST_CASE("a primary without the addresses hands over when its server dies") {
    GatewayPrimary story;
    story.handle(node::Lost{});
    story.handle(fresh(with_clients(replica_says(4, "0-2-100"))));
    CHECK(only(story.handle(node::ServerDown{"gone"}), "role_resigned") ==
          Lines{"role_resigned reason=gone successor=a"});
    CHECK(word(story) == "resign 4 a ");
}

TEST_CASE("a primary without the addresses yields to a later term") {
    GatewayPrimary story;
    story.handle(node::Lost{});
    const Lines lines = story.handle(fresh(with_clients(primary_says(5, "0-2-101", false))));
    CHECK(only(lines, "role_lost") == Lines{"role_lost reason=a has begun term 5"});
    CHECK(only(lines, "task").back().ends_with(kClosedIt));
}

TEST_CASE(
    "a daemon that returns finds its term kept, where the other box says that nobody has begun another") {
    GatewayReturned story;
    CHECK(story.service().phase() == Phase::idle);  // and the server is not closed
    CHECK(only(story.handle(fresh(with_clients(consenting(4)))), "term_kept") == Lines{"term_kept epoch=4"});
    CHECK(story.said().role == Role::primary);
    CHECK_FALSE(story.said().serves);
    CHECK(story.said().epoch == cluster::Epoch{4});
}

TEST_CASE("a server is closed where somebody has begun a later term meanwhile") {
    GatewayReturned story;
    const Lines lines = story.handle(fresh(with_clients(primary_says(5, "0-2-101", false))));
    CHECK(only(lines, "task").front().ends_with(kClosedIt));
    CHECK(story.service().phase() == Phase::idle);
}

TEST_CASE("nor is it kept on a word that leaves room for doubt") {
    cluster::ServiceState own_attempt = replica_says(4, "0-2-100");
    cluster::ServiceState promoting = said(Role::promoting, 4, "0-2-100");
    for (const cluster::ServiceState& state : {own_attempt, promoting}) {
        GatewayReturned story;
        CHECK(only(story.handle(fresh(state)), "task").front().ends_with(kClosedIt));
    }
}

TEST_CASE("a server of which nobody says anything is closed after three seconds") {
    GatewayReturned story;
    CHECK(story.next() == 3000);
    CHECK(story.sees(primary_view("0-2-100", true)) == Lines{});
    CHECK(only(story.wait(3s), "task").front().ends_with(kClosedIt));
}

TEST_CASE("the other server, as a replica of this one, is as good a witness as its box") {
    GatewayReturned story;
    CHECK(only(story.handle(node::PeerServerSeen{following_view()}), "term_kept") ==
          Lines{"term_kept epoch=4"});
    CHECK(only(story.handle(node::Won{}), "task").size() == 1);
    CHECK(only(story.done(), "serve by") == Lines{"serve by " + kOwnServer});
}

TEST_CASE("a server that wrote alone has kept its term, for nobody else can have begun one") {
    GatewayStory story;
    story.handle(node::JournalRead{journal(4, Term::held, true)});
    CHECK(only(story.sees(primary_view("0-2-100", false)), "term_kept") == Lines{"term_kept epoch=4"});
}

TEST_CASE("without forwarding an open server is closed, and a primary that loses the election too") {
    ServiceStory story;
    story.handle(node::JournalRead{journal(4, Term::held)});
    CHECK(only(story.sees(primary_view("0-2-100", true)), "task").front().ends_with(kClosedIt));
}

TEST_CASE("a box that has never heard of a term of the peer's leads nobody there") {
    GatewayStory story;
    story.wait(4s);
    story.handle(node::PeerServerSeen{open_view()});
    story.sees(replica_view("0-1-100"));
    const auto journals = {journal(0), journal(3, Term::held), journal(3, Term::promoting)};
    for (const cluster::Journal& known : journals) {
        node::ServiceFacts facts = story.service().snapshot().facts;
        facts.journal = known;
        CHECK_FALSE(node::may_forward_to_peer(facts));
        facts.journal = journal(3);
        CHECK(node::may_forward_to_peer(facts));
        facts.maintenance = true;
        CHECK_FALSE(node::may_forward_to_peer(facts));
    }
}
