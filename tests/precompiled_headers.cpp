// What every test includes is compiled once, with this file, and used by all of them
// (CMakeLists.txt).
