/// Read by jemalloc before main(): few arenas, and unused pages go back to the system within a
/// second, by a thread of its own, so that an idle office costs little memory.
extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:4,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
