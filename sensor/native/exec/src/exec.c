/*
 * exec(arguments, fd): becomes another program, as execvp(3) does, with the standard streams and one more descriptor.
 * Comes back only when that failed, with the reason as text. What JavaScript hands over is checked there.
 */
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libuv marks what it opens, and standard streams that are a terminal, as not to be inherited. */
static int inherit(int fd) {
  int flags = fcntl(fd, F_GETFD);
  return flags < 0 ? flags : fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

static char *copy_text(napi_env env, napi_value list, uint32_t index) {
  napi_value item;
  size_t length;
  if (napi_get_element(env, list, index, &item) != napi_ok) return NULL;
  if (napi_get_value_string_utf8(env, item, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  if (text == NULL) return NULL;
  if (napi_get_value_string_utf8(env, item, text, length + 1, &length) == napi_ok) return text;
  free(text);
  return NULL;
}

/* errno of what went wrong. */
static int become(napi_env env, napi_value list, uint32_t count, int fd) {
  char **arguments = calloc((size_t)count + 1, sizeof *arguments);
  if (arguments == NULL) return ENOMEM;
  uint32_t copied = 0;
  while (copied < count && (arguments[copied] = copy_text(env, list, copied)) != NULL) copied++;
  int problem = EINVAL;
  if (count > 0 && copied == count) {
    for (int standard = 0; standard <= 2; standard++) inherit(standard);
    if (inherit(fd) == 0) execvp(arguments[0], arguments);
    problem = errno;
  }
  while (copied > 0) free(arguments[--copied]);
  free(arguments);
  return problem;
}

static napi_value exec(napi_env env, napi_callback_info info) {
  napi_value given[2], reason;
  size_t length = 2;
  uint32_t count;
  int32_t fd;
  int problem = EINVAL;
  if (napi_get_cb_info(env, info, &length, given, NULL, NULL) == napi_ok && length == 2 &&
      napi_get_array_length(env, given[0], &count) == napi_ok &&
      napi_get_value_int32(env, given[1], &fd) == napi_ok) {
    problem = become(env, given[0], count, fd);
  }
  const char *text = strerror(problem);
  return napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &reason) == napi_ok ? reason : NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "exec", NAPI_AUTO_LENGTH, exec, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "exec", function) != napi_ok) {
    return NULL;
  }
  return exports;
}
