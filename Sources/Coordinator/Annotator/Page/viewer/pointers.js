/**
 * Mouse, pen, fingers and wheel to tool, pan and zoom.
 * - The left button, a pen and one finger belong to the tool, if there is one; else they pan. The middle button always pans.
 * - A second finger within 0.4 s or 12 pixels of the first makes both pinch; the tool's stroke is cancelled (`isGesture`). Later ones are ignored: a palm.
 * - Once a pen was seen, fingers only pan and pinch, and while it draws, they do nothing. A pen that comes while a finger paints takes over: it was the hand.
 */
const palmSide = 60;

export class Pointers {
  /** @type {Map<number, {x: number, y: number, startX: number, startY: number, time: number, type: string}>} */
  #active = new Map();
  #mode = null;
  #owner = null;
  #hasPen = false;
  #trail = [];
  #pinch = null;

  /**
   * @param {HTMLElement} surface
   * @param {object} host `tool()`, `event(e)` → what tools get, `hover(cssX, cssY, event)`, `leave()`, `stop()`, `pan(dx, dy)`, `glide(vx, vy)`, `zoom(factor, x, y, isSmooth)`
   */
  constructor(surface, host) {
    this.surface = surface;
    this.host = host;
    surface.style.touchAction = "none";
    const listen = (type, handler, options) => surface.addEventListener(type, handler, options);
    listen("pointerdown", (event) => this.#down(event));
    listen("pointermove", (event) => this.#move(event));
    listen("pointerup", (event) => this.#up(event, false));
    listen("pointercancel", (event) => this.#up(event, true));
    listen("lostpointercapture", (event) => this.#up(event, true));
    listen("pointerleave", (event) => { if (!this.#active.size) host.leave(event); });
    listen("wheel", (event) => this.#wheel(event), { passive: false });
    listen("dblclick", (event) => { if (!host.tool()) host.zoom(event.shiftKey ? 0.5 : 2, ...this.#place(event), true); });
    listen("auxclick", (event) => event.preventDefault());
    let scale = 1; // Safari's trackpad pinch
    listen("gesturestart", (event) => { event.preventDefault(); scale = event.scale; });
    listen("gesturechange", (event) => { event.preventDefault(); host.zoom(event.scale / scale, ...this.#place(event), false); scale = event.scale; });
  }

  #place(event) {
    const { left, top } = this.surface.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #isIgnored(event) {
    if (event.pointerType !== "touch") return false;
    const isPenDown = [...this.#active.values()].some(({ type }) => type === "pen");
    return isPenDown || (this.#hasPen && Math.max(event.width, event.height) > palmSide);
  }

  #down(event) {
    if (this.#active.has(event.pointerId) || this.#isIgnored(event)) return;
    const [x, y] = this.#place(event), { pointerType: type, button } = event, tool = this.host.tool();
    this.host.stop();
    if (type === "pen") {
      this.#hasPen = true;
      // What a hand painted that lay down before its first pen was no stroke.
      const isHand = this.#mode === "tool" && this.#active.get(this.#owner)?.type === "touch";
      if (isHand) tool?.onCancel?.(this.host.event(event), { isGesture: true });
      if (isHand || this.#mode !== "tool") this.#release();
    }
    if (this.#active.size) { if (type === "touch") this.#second(event, x, y); return; }
    const isPan = button === 1 || !tool || (type === "touch" && this.#hasPen);
    if (button !== 0 && button !== 1 && !(type === "pen" && button === 5)) return;
    if (button === 1) event.preventDefault();
    this.#add(event, x, y);
    this.#owner = event.pointerId;
    this.#mode = isPan ? "pan" : "tool";
    this.#trail = [{ x, y, time: event.timeStamp }];
    this.surface.focus?.({ preventScroll: true });
    if (!isPan) tool.onDown?.(this.host.event(event));
  }

  #add(event, x, y) {
    this.#active.set(event.pointerId, { x, y, startX: x, startY: y, time: event.timeStamp, type: event.pointerType });
    try { this.surface.setPointerCapture(event.pointerId); } catch { /* the pointer is gone already */ }
  }

  #second(event, x, y) {
    if (this.#active.size !== 1) return;
    const [first] = this.#active.values();
    if (first.type !== "touch") return;
    if (this.#mode === "tool") {
      if (event.timeStamp - first.time > 400 && Math.hypot(first.x - first.startX, first.y - first.startY) > 12) return;
      this.host.tool()?.onCancel?.(this.host.event(event), { isGesture: true });
    }
    this.#add(event, x, y);
    this.#mode = "pinch";
    this.#pinch = this.#span();
  }

  #span() {
    const [a, b] = this.#active.values();
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  }

  #move(event) {
    const [x, y] = this.#place(event), pointer = this.#active.get(event.pointerId);
    if (event.pointerType !== "touch") this.host.hover(x, y, event);
    if (event.pointerType === "pen") this.#hasPen = true;
    if (!pointer) return;
    const dx = x - pointer.x, dy = y - pointer.y;
    Object.assign(pointer, { x, y });
    if (this.#mode === "pinch") {
      const before = this.#pinch, now = this.#pinch = this.#span();
      this.host.pan(now.x - before.x, now.y - before.y);
      this.host.zoom(now.distance / before.distance, now.x, now.y, false);
    } else if (this.#mode === "pan") {
      this.#trail.push({ x, y, time: event.timeStamp });
      while (this.#trail.length > 2 && event.timeStamp - this.#trail[0].time > 80) this.#trail.shift();
      this.host.pan(dx, dy);
    } else if (event.pointerId === this.#owner) {
      const coalesced = event.getCoalescedEvents?.() ?? [];
      this.host.tool()?.onMove?.(this.host.event(event), (coalesced.length ? coalesced : [event]).map((one) => this.host.event(one)));
    }
  }

  #up(event, isCancelled) {
    if (!this.#active.delete(event.pointerId)) return;
    if (this.#mode === "tool" && event.pointerId === this.#owner) {
      const tool = this.host.tool(), plain = this.host.event(event);
      if (isCancelled) tool?.onCancel?.(plain, { isGesture: false }); else tool?.onUp?.(plain);
    } else if (this.#mode === "pan" && !isCancelled) this.#glide(event.timeStamp);
    this.#mode = this.#active.size ? "pan" : null;
    this.#trail = [];
    if (event.pointerType === "touch" && !this.#active.size) this.host.leave(event);
  }

  #glide(time) {
    const first = this.#trail[0], last = this.#trail.at(-1);
    if (!first || time - last.time > 50 || last.time - first.time < 5) return;
    this.host.glide((last.x - first.x) / (last.time - first.time), (last.y - first.y) / (last.time - first.time));
  }

  /** Drops fingers that rest on the glass when the pen comes. */
  #release() {
    this.#active.clear();
    this.#mode = null;
  }

  /** A notch of a wheel zooms smoothly by a fifth; a trackpad follows the fingers. Wheels with Shift or Alt are the page's. */
  #wheel(event) {
    if (event.defaultPrevented || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode], isNotch = !event.ctrlKey && Math.abs(pixels) >= 50;
    const factor = event.ctrlKey ? Math.exp(-pixels * 0.01) : Math.exp(-Math.max(-400, Math.min(400, pixels)) * 0.0018);
    this.host.zoom(factor, ...this.#place(event), isNotch);
  }
}
