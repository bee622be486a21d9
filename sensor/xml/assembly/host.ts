/** What the host is called with. The report block tells which element a call is about. */

@external('host', 'header')
export declare function onHeader(half: i32, wasOpen: i32, hadDeclaration: i32): void;
@external('host', 'element')
export declare function onElement(half: i32): void;
@external('host', 'end')
export declare function onEnd(half: i32): void;
@external('host', 'event')
export declare function onEvent(half: i32, code: i32, serial: i32, offset: f64): void;
/** Copy the unfinished item of a half out of its slot; 0 when the host has no room left. */
@external('host', 'save')
export declare function onSave(half: i32, slot: usize, bytes: i32): i32;
/** Copy it back. Returns the address of the slot it was saved from. */
@external('host', 'restore')
export declare function onRestore(half: i32, slot: usize): usize;
/** The saved item is not wanted any more. */
@external('host', 'forget')
export declare function onForget(half: i32): void;
