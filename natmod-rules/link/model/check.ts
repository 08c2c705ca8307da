export function checkState(_pass: string, _state: object): void {}
