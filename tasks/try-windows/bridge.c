/* A program of Windows that has a program of this machine do its work: `npm run try-windows` gives it the names of
 * compilers. It sends its command line and folder to the server that NATMOD_BRIDGE names by its port (bridge.mjs), and
 * passes on what comes back: for each piece a letter (O, E: output; X: the end) and its length or status. */
#include <winsock2.h>
#include <windows.h>
#include <shellapi.h>

static SOCKET server;

static void fail(const char *what) {
    DWORD written;
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), what, lstrlenA(what), &written, NULL);
    ExitProcess(250);
}

static void send_all(const char *data, int size) {
    while (size > 0) {
        int sent = send(server, data, size, 0);
        if (sent <= 0) {
            fail("bridge: cannot send\n");
        }
        data += sent;
        size -= sent;
    }
}

static void receive_all(char *data, int size) {
    while (size > 0) {
        int got = recv(server, data, size, 0);
        if (got <= 0) {
            fail("bridge: the server is gone\n");
        }
        data += got;
        size -= got;
    }
}

/* With the zero behind it. */
static void send_text(const wchar_t *text) {
    static char utf8[4 * 32768];
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof(utf8), NULL, NULL);
    if (size == 0) {
        fail("bridge: a word is too long\n");
    }
    send_all(utf8, size);
}

static int port(void) {
    static wchar_t text[16];
    int value = 0;
    if (GetEnvironmentVariableW(L"NATMOD_BRIDGE", text, 16) == 0) {
        fail("bridge: NATMOD_BRIDGE is not set\n");
    }
    for (const wchar_t *digit = text; *digit != 0; digit++) {
        value = 10 * value + (*digit - '0');
    }
    return value;
}

/* The entry of the program: it has no C library, which would have to be compiled first. */
void begin(void) {
    static wchar_t text[32768];
    static char piece[65536];
    static WSADATA data;
    static struct sockaddr_in address;
    int count;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        fail("bridge: no sockets\n");
    }
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof(address)) != 0) {
        fail("bridge: no server\n");
    }
    GetModuleFileNameW(NULL, text, 32768);
    send_text(text);
    /* Node gives a folder with a long name as one that has a short name. */
    GetCurrentDirectoryW(32768, text);
    GetLongPathNameW(text, text, 32768);
    send_text(text);
    for (int i = 1; i < count; i++) {
        send_text(words[i]);
    }
    /* No word of a command line is this one. */
    send_all("\n", 2);
    for (;;) {
        char kind;
        unsigned size;
        receive_all(&kind, 1);
        receive_all((char *)&size, 4);
        if (kind == 'X') {
            ExitProcess(size);
        }
        HANDLE out = GetStdHandle(kind == 'O' ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
        while (size > 0) {
            DWORD part = size < sizeof(piece) ? size : sizeof(piece), written;
            receive_all(piece, (int)part);
            WriteFile(out, piece, part, &written, NULL);
            size -= part;
        }
    }
}
