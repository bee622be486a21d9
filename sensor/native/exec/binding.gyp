{
  "targets": [
    {
      "target_name": "exec",
      "sources": ["src/exec.c"],
      "defines": ["NAPI_VERSION=9"],
      "cflags": ["-std=c11", "-O2", "-Wall", "-Wextra", "-fvisibility=hidden"],
    },
  ],
}
