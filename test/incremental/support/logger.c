// Notes its name and arguments in one line of a log and becomes the program that the file NAME.real beside it names.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    static char self[4096], real[4096], log[4096], line[65536];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 6);
    if (size < 0) return 126;
    strcpy(self + size, ".real");
    FILE *file = fopen(self, "r");
    if (file == NULL || !fgets(real, sizeof real, file) || !fgets(log, sizeof log, file)) return 126;
    real[strcspn(real, "\n")] = log[strcspn(log, "\n")] = 0;
    self[size] = 0;
    strcpy(line, strrchr(self, '/') + 1);
    for (int i = 1; i < argc && strlen(line) + strlen(argv[i]) < sizeof line - 2; i++) {
        strcat(line, " ");
        strcat(line, argv[i]);
    }
    strcat(line, "\n");
    int out = open(log, O_WRONLY | O_APPEND | O_CREAT, 0644);
    // One write is one line, also when several do it at once.
    if (out < 0 || write(out, line, strlen(line)) < 0) return 126;
    close(out);
    argv[0] = real;
    execv(real, argv);
    return 127;
}
