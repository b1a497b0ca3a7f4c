#pragma once

namespace atrium {

/// Of this release, from CMakeLists.txt.
inline constexpr const char* version = ATRIUM_VERSION;

}  // namespace atrium
