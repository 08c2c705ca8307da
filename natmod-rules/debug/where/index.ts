export { type LoggedAddress, readCrashLog } from './crash-log.ts';
export { gdbCommands } from './gdb-commands.ts';
export { type LinkedFile, readLinkedFile } from './linked-file.ts';
export { type ExportedFunction, findLoadPlace, NATMOD_WHERE, readExportedFunctions } from './load-place.ts';
export { describePlaces, type FoundPlace, findPlaces, hasModuleCode, type LoadPlace } from './where.ts';
