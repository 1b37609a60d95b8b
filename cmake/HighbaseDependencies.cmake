# SPDX-License-Identifier: GPL-2.0-or-later
# Everything from outside, as imported targets (their headers count as system headers). The packages that hold
# them are listed in tools/dependencies. Names for SYSTEM_DEPENDS:
#   fmt::fmt tl::expected tomlplusplus::tomlplusplus nlohmann_json::nlohmann_json
#   Boost::headers Boost::program_options Threads::Threads rapidcheck
#   PkgConfig::libnl PkgConfig::libpcap PkgConfig::libnftables PkgConfig::libsystemd PkgConfig::libcap_ng
#   PkgConfig::libsodium PkgConfig::mysqlclient PkgConfig::libcurl
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(fmt 9 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(tomlplusplus 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(libnl REQUIRED IMPORTED_TARGET libnl-3.0>=3.7 libnl-route-3.0>=3.7)
pkg_check_modules(libpcap REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(libnftables REQUIRED IMPORTED_TARGET libnftables)
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(libcap_ng REQUIRED IMPORTED_TARGET libcap-ng)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
# MariaDB's Connector/C, which Debian has under this name too, or Oracle's libmysqlclient.
pkg_check_modules(mysqlclient REQUIRED IMPORTED_TARGET mysqlclient)
# 7.87 has the option that gives up a name under resolution.
pkg_check_modules(libcurl REQUIRED IMPORTED_TARGET libcurl>=7.87)

if(BUILD_TESTING)
    find_package(Catch2 REQUIRED)
    find_package(rapidcheck REQUIRED)
endif()
