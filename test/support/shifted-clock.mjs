/** Loaded before anything else into a process whose clock is to be wrong by SHIFT_MS. */
const Real = Date
const shift = Number(process.env['SHIFT_MS'] ?? 0)

globalThis.Date = class extends Real {
  constructor(...args) {
    if (args.length === 0) super(Real.now() + shift)
    else super(...args)
  }

  static now() {
    return Real.now() + shift
  }
}
