# SPDX-License-Identifier: GPL-2.0-or-later
if(TARGET hbvrrp)
    install(TARGETS hbvrrp RUNTIME DESTINATION "${CMAKE_INSTALL_SBINDIR}")
endif()
if(TARGET highbase-mysql)
    install(TARGETS highbase-mysql RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/highbase")
endif()
if(TARGET highbase-check-plugin)
    install(TARGETS highbase-check-plugin RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/highbase")
    install(FILES health/plugin.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/highbase")
    install(FILES health/file_age.c DESTINATION "${CMAKE_INSTALL_DATADIR}/highbase/plugin")
endif()
if(TARGET hbctl)
    install(TARGETS hbctl RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

# The unit in packaging/ is usable as it stands; installed, it names the program of this prefix.
file(READ "${PROJECT_SOURCE_DIR}/packaging/hbvrrp.service" unit)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS packaging/hbvrrp.service)
string(REPLACE "/usr/sbin/" "${CMAKE_INSTALL_FULL_SBINDIR}/" unit "${unit}")
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/packaging/hbvrrp.service" CONTENT "${unit}" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/packaging/hbvrrp.service" DESTINATION lib/systemd/system)
install(FILES packaging/hbvrrp.toml packaging/networkd/10-highbase.conf
    DESTINATION "${CMAKE_INSTALL_DATADIR}/highbase")
install(PROGRAMS packaging/hooks/mail packaging/hooks/webhook
    DESTINATION "${CMAKE_INSTALL_DATADIR}/highbase/hooks")

# The pages that events and man pages send an operator to, and what they link to beside them.
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}"
    FILES_MATCHING PATTERN "*.md" PATTERN "man" EXCLUDE)

# Unit and programs look for each other under the prefix that they were configured with.
install(CODE "
    if(NOT CMAKE_INSTALL_PREFIX STREQUAL \"${CMAKE_INSTALL_PREFIX}\")
        message(WARNING \"Built for ${CMAKE_INSTALL_PREFIX}: the programs look for each other there. \"
            \"For another place: cmake --preset release -DCMAKE_INSTALL_PREFIX=PLACE, and build again.\")
    endif()")

# Man pages: docs/man/hbvrrp.8.scd becomes share/man/man8/hbvrrp.8.
file(GLOB man_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/man/*.scd")
find_program(HIGHBASE_SCDOC scdoc)
if(man_sources AND HIGHBASE_SCDOC)
    foreach(source IN LISTS man_sources)
        cmake_path(GET source STEM LAST_ONLY page)
        cmake_path(GET page EXTENSION LAST_ONLY section)
        string(SUBSTRING "${section}" 1 -1 section)
        set(output "${PROJECT_BINARY_DIR}/man/${page}")
        add_custom_command(OUTPUT "${output}" DEPENDS "${source}" VERBATIM
            COMMAND "${CMAKE_COMMAND}" -E make_directory "${PROJECT_BINARY_DIR}/man"
            COMMAND sh -c "exec \"$1\" < \"$2\" > \"$3\"" scdoc "${HIGHBASE_SCDOC}" "${source}" "${output}")
        list(APPEND man_pages "${output}")
        install(FILES "${output}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}")
    endforeach()
    if(HIGHBASE_FUZZ)
        add_custom_target(man DEPENDS ${man_pages})
    else()
        add_custom_target(man ALL DEPENDS ${man_pages})
    endif()
endif()
