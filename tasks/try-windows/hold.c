/* Holds a file open without sharing it, as other programs of Windows do, for so many milliseconds: hold FILE TIME. It
 * makes FILE.held once it does. */
#include <windows.h>
#include <shellapi.h>

void begin(void) {
    static wchar_t mark[32768];
    int count, time = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (count != 3) {
        ExitProcess(2);
    }
    for (const wchar_t *digit = words[2]; *digit != 0; digit++) {
        time = 10 * time + (*digit - '0');
    }
    HANDLE file = CreateFileW(words[1], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        ExitProcess(1);
    }
    lstrcpyW(mark, words[1]);
    lstrcatW(mark, L".held");
    CloseHandle(CreateFileW(mark, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    Sleep(time);
    ExitProcess(0);
}
