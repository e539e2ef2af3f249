/** What goes on by itself after a gesture: zooming to a scale, or gliding. Nothing does where less motion is wanted. */
export class Motion {
  #motion = null;
  #time = 0;

  get isOn() { return this.#motion !== null; }
  stop() { this.#motion = null; }

  static get isUnwanted() { return matchMedia("(prefers-reduced-motion: reduce)").matches; }

  /** The scale that a zoom is on its way to, or null. */
  get target() { return this.#motion?.target ?? null; }

  /** Zooms around a CSS position; two thirds of the way in 80 ms. */
  zoom(target, x, y) { this.#begin({ target, x, y }); }

  /** @param {number} vx @param {number} vy CSS pixels a millisecond */
  glide(vx, vy) { if (!Motion.isUnwanted && Math.hypot(vx, vy) > 0.1) this.#begin({ vx, vy }); }

  #begin(motion) {
    if (!this.#motion) this.#time = 0;
    this.#motion = motion;
  }

  /** Moves a view by the time since the last frame. */
  step(view, time) {
    const motion = this.#motion, elapsed = this.#time ? Math.min(50, time - this.#time) : 16;
    this.#time = time;
    if (!motion) return;
    if (motion.target) {
      const left = Math.log(motion.target / view.scale), share = 1 - Math.exp(-elapsed / 80);
      const isEnd = Math.abs(left) < 0.004;
      view.zoomAround(isEnd ? motion.target : view.scale * Math.exp(left * share), motion.x, motion.y);
      if (isEnd) this.#motion = null;
    } else {
      view.panBy(motion.vx * elapsed, motion.vy * elapsed);
      const rest = Math.exp(-elapsed / 250);
      motion.vx *= rest;
      motion.vy *= rest;
      if (Math.hypot(motion.vx, motion.vy) < 0.02) this.#motion = null;
    }
  }
}
