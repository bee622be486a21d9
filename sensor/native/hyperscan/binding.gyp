{
  "variables": {
    # libhs comes from the distribution. Without pkg-config, where Debian puts it.
    "libhs_cflags%": "<!(pkg-config --cflags libhs 2>/dev/null || echo -I/usr/include/hs)",
    "libhs_libs%": "<!(pkg-config --libs libhs 2>/dev/null || echo -lhs)",
  },
  "targets": [
    {
      "target_name": "hyperscan",
      "sources": ["src/addon.cc", "src/database.cc", "src/scanner.cc", "src/stream.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=9", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags": ["<@(libhs_cflags)", "-O3", "-Wall", "-Wextra", "-fvisibility=hidden"],
      "cflags_cc": ["-std=c++17", "-fno-exceptions", "-fvisibility-inlines-hidden"],
      "libraries": ["<@(libhs_libs)"],
      "ldflags": ["-Wl,--exclude-libs,ALL"],
    },
  ],
}
