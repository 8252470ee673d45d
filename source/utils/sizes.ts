/** 1024 bytes. */
export const KIB = 1024;

/** 1024 KiB. */
export const MIB = 1024 * KIB;

/** 1024 MiB. */
export const GIB = 1024 * MIB;

/** 1024 GiB. */
export const TIB = 1024 * GIB;
