/** States of the machine, with what was read so far. */

// Between first-level elements: no slot is needed here.
/** Nothing of the document. */
export const S_START: i32 = 0;
/** Something before the root. */
export const S_PROLOG: i32 = 1;
/** The root's start tag, perhaps elements. */
export const S_BETWEEN: i32 = 2;
/** The root's end tag. */
export const S_EPILOG: i32 = 3;
/** Lost: looking for a plausible start. */
export const S_RESYNC: i32 = 4;

/** Text of an element. */
export const S_TEXT: i32 = 5;
/** `<` */
export const S_LT: i32 = 6;
/** `<name` */
export const S_TAG_NAME: i32 = 7;
/** `<name ` and perhaps attributes */
export const S_TAG_SPACE: i32 = 8;
/** `<name attr` */
export const S_ATTR_NAME: i32 = 9;
/** `<name attr ` */
export const S_ATTR_EQ: i32 = 10;
/** `<name attr=` */
export const S_ATTR_QUOTE: i32 = 11;
/** `<name attr="val` */
export const S_VALUE: i32 = 12;
/** `<name attr="value"` */
export const S_AFTER_VALUE: i32 = 13;
/** `<name .../` */
export const S_EMPTY: i32 = 14;
/** `</na` */
export const S_END_NAME: i32 = 15;
/** `</name ` */
export const S_END_SPACE: i32 = 16;
/** `&am` */
export const S_REF: i32 = 17;
/** `<!` */
export const S_BANG: i32 = 18;
/** `<!--` */
export const S_COMMENT: i32 = 19;
/** `<![CDATA[` */
export const S_CDATA: i32 = 20;
/** `<!DOCTYPE` */
export const S_DOCTYPE: i32 = 21;
/** `<?targ` */
export const S_PI: i32 = 22;
/** `<?target` */
export const S_PI_BODY: i32 = 23;
/** `<?xml` outside any element */
export const S_DECL: i32 = 24;
