// SPDX-License-Identifier: GPL-2.0-or-later
// The types of values that options of checks have, see health/option.hpp.
#pragma once

#include <string>
#include <vector>

#include "daemon/schema_type.hpp"
#include "health/option.hpp"

namespace highbase::daemon {

// The same with "" as another value, which stands for `nothing`.
template <typename T>
Type<T> or_nothing(Type<T> type, T nothing) {
    type.expected += ", or \"\"";
    type.read = [read = type.read, nothing](const Value& value,
                                            const Complaint& complaint) -> std::optional<T> {
        const auto* text = value.as<std::string>();
        return text != nullptr && text->empty() ? std::optional{nothing} : read(value, complaint);
    };
    type.print = [print = type.print, nothing](const T& value) {
        return value == nothing ? toml_string({}) : print(value);
    };
    return type;
}

Type<std::string> path_text();  // absolute
Type<std::string> word(std::size_t longest);
Type<std::vector<std::string>> words();
// The first word is an absolute path. An optional one may be empty.
Type<std::vector<std::string>> command_line(bool is_required);
Type<vrrp::IpAddress> host();
Type<health::Amount> amount();  // "5%", "512MiB"

template <typename Owner>
Type<bool> type_for(const health::Flag<Owner>&, bool) {
    return boolean();
}
template <typename Owner>
Type<vrrp::Duration> type_for(const health::TimeSpan<Owner>& value, bool) {
    return duration(value.shortest, value.longest);
}
template <typename Owner>
Type<std::string> type_for(const health::Path<Owner>&, bool is_required) {
    return is_required ? path_text() : or_nothing(path_text(), std::string{});
}
template <typename Owner>
Type<std::string> type_for(const health::Word<Owner>& value, bool is_required) {
    return is_required ? word(value.longest) : or_nothing(word(value.longest), std::string{});
}
template <typename Owner>
Type<std::string> type_for(const health::InterfaceName<Owner>&, bool) {
    return interface_name();
}
template <typename Owner>
Type<vrrp::IpAddress> type_for(const health::Host<Owner>&, bool) {
    return host();
}
template <typename Owner>
Type<vrrp::Endpoint> type_for(const health::Server<Owner>&, bool is_required) {
    return is_required ? server() : or_nothing(server(), vrrp::Endpoint{});
}
template <typename Owner>
Type<std::vector<std::string>> type_for(const health::CommandLine<Owner>&, bool is_required) {
    return command_line(is_required);
}
template <typename Owner>
Type<std::vector<std::string>> type_for(const health::Words<Owner>&, bool) {
    return words();
}
template <typename Owner>
Type<health::Amount> type_for(const health::AmountOf<Owner>&, bool) {
    return amount();
}

}  // namespace highbase::daemon
