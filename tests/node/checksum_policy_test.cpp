// SPDX-License-Identifier: GPL-2.0-or-later
// Which form of the IPv4 checksum is sent, and that each form in use is taken (RFC 9568 5.2.8).
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;
using node::ChecksumPolicy;
using vrrp::ChecksumForm;

namespace {

node::RouterConfiguration with_policy(ChecksumPolicy policy) {
    node::RouterConfiguration router = router4();
    router.checksum = policy;
    return router;
}

vrrp::OctetString heard(ChecksumForm form, int priority = 150) {
    Advert advert;
    advert.priority = priority;
    advert.form = form;
    return advert.frame();
}

// The checksum field of the first advertisement after a takeover.
std::string sent_checksum(Alone& story) {
    for (const Performed& performed : story.a.take_log()) {
        const auto* send = std::get_if<node::SendFrame>(&performed.action);
        if (send != nullptr && send->frame[12] == 0x08 && send->frame[13] == 0x00)
            return to_hex(vrrp::Octets{send->frame}.subspan(14 + 20 + 6, 2));
    }
    return "nothing sent";
}

}  // namespace

TEST_CASE("rfc9568 sums the message alone, pseudo-header more, automatic begins with the RFC's",
          "[rfc9568-5.2.8-ipv4-message-only:positive]") {
    const auto [policy, checksum] = GENERATE(table<ChecksumPolicy, std::string>({
        {ChecksumPolicy::rfc9568, "a802"},
        {ChecksumPolicy::pseudo_header, "0572"},
        {ChecksumPolicy::automatic, "a802"},
    }));
    Alone story;
    story.a.start(of({with_policy(policy)}));
    story.hear(small_talk());
    told(story.a);
    story.world.run_to(4s);
    CHECK(sent_checksum(story) == checksum);
}

TEST_CASE("each form is taken, and counted as what it is") {
    const auto policy =
        GENERATE(ChecksumPolicy::rfc9568, ChecksumPolicy::pseudo_header, ChecksumPolicy::automatic);
    Listening story{of({with_policy(policy)})};
    story.hear(heard(ChecksumForm::message_only));
    CHECK(story.router().counters.checksum_rfc9568_received == 1);
    CHECK(story.router().counters.checksum_pseudo_header_received == 0);
    story.hear(heard(ChecksumForm::pseudo_header));
    CHECK(story.router().counters.checksum_rfc9568_received == 1);
    CHECK(story.router().counters.checksum_pseudo_header_received == 1);
    CHECK(story.router().counters.checksum_pseudo_header_group_received == 0);
    CHECK(story.router().counters.advertisements_received == 2);
}

TEST_CASE("automatic sends what the Active sends, and tells when it begins to") {
    Listening story{of({with_policy(ChecksumPolicy::automatic)})};
    CHECK(only(story.hear(heard(ChecksumForm::message_only)), "checksum") == Lines{});
    CHECK(only(story.hear(heard(ChecksumForm::pseudo_header)), "checksum") ==
          Lines{"0 tell vip checksum_form_followed source=192.0.2.7 form=pseudo-header"});
    CHECK(only(story.hear(heard(ChecksumForm::pseudo_header)), "checksum") == Lines{});
    told(story.a);
    story.world.run_to(4s);
    CHECK(sent_checksum(story) == "0572");

    CHECK(only(story.hear(heard(ChecksumForm::message_only)), "checksum") ==
          Lines{"4000 tell vip checksum_form_followed source=192.0.2.7 form=rfc9568"});
    story.run_to(8s);
    CHECK(story.router().state == node::RouterState::active);
    CHECK(only(describe(story.a.log()), "pseudo") == Lines{});
}

TEST_CASE("fixed policies follow nobody") {
    const auto [policy, checksum] = GENERATE(table<ChecksumPolicy, std::string>({
        {ChecksumPolicy::rfc9568, "a802"},
        {ChecksumPolicy::pseudo_header, "0572"},
    }));
    Listening story{of({with_policy(policy)})};
    const auto other =
        policy == ChecksumPolicy::rfc9568 ? ChecksumForm::pseudo_header : ChecksumForm::message_only;
    CHECK(only(story.hear(heard(other)), "checksum") == Lines{});
    told(story.a);
    story.world.run_to(4s);
    CHECK(sent_checksum(story) == checksum);
}

TEST_CASE("an advertisement that is refused teaches no form") {
    Listening story{of({with_policy(ChecksumPolicy::automatic)})};
    Advert looped;
    looped.form = ChecksumForm::pseudo_header;
    looped.source = ip("192.0.2.1");
    CHECK(only(story.hear(looped.frame()), "checksum_form") == Lines{});
    told(story.a);
    story.world.run_to(4s);
    CHECK(sent_checksum(story) == "a802");
}

TEST_CASE("IPv6 has one form, and none of the counters") {
    node::RouterConfiguration router = router6();
    router.checksum = ChecksumPolicy::automatic;
    Listening story{of({router})};
    Advert six;
    six.source = ip("fe80::7");
    six.addresses = {ip("fe80::100"), ip("2001:db8::100")};
    six.priority = 150;
    CHECK(only(story.hear(six.frame()), "checksum") == Lines{});
    const node::RouterCounters counters = story.router().counters;
    CHECK(counters.advertisements_received == 1);
    CHECK(counters.checksum_rfc9568_received == 0);
    CHECK(counters.checksum_pseudo_header_received == 0);
    CHECK(counters.checksum_pseudo_header_group_received == 0);
}

TEST_CASE("unicast with the sum over 224.0.0.18 is counted by itself, and answered with the packet's own") {
    node::RouterConfiguration router = with_policy(ChecksumPolicy::automatic);
    router.unicast_peers = {ip("192.0.2.7")};
    Listening story{of({router})};
    Advert advert;
    advert.priority = 150;
    advert.destination = ip("192.0.2.1");
    advert.spoil_message = [](vrrp::OctetString& message) {
        vrrp::write16(message, 6, 0);
        const std::uint16_t sum =
            vrrp::InternetChecksum{}
                .add_pseudo_header(ip("192.0.2.7"), ip("224.0.0.18"), 112, message.size())
                .add(message)
                .value();
        vrrp::write16(message, 6, sum);
    };
    CHECK(only(story.hear(advert.frame()), "checksum") ==
          Lines{"0 tell vip checksum_form_followed source=192.0.2.7 form=pseudo-header"});
    CHECK(story.router().counters.checksum_pseudo_header_group_received == 1);
    CHECK(story.router().counters.checksum_pseudo_header_received == 0);
    CHECK(
        only(story.run_to(4s), "datagram").at(0).find("192.0.2.1 > 192.0.2.7, 192.0.2.100, pseudo-header") !=
        std::string::npos);
}
