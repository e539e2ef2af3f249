// Watches a page of `coppice serve` from outside: runs before the page's own scripts, changes nothing that they do, and notes when things happen.
// All times are those of `performance.now()`. `window.watch` is what the measuring scripts ask.
(() => {
  if (!location.protocol.startsWith("http")) return;
  const watch = window.watch = {
    viewer: null,
    /** The newest input events. */
    up: 0, down: 0,
    /** Requests that carry operations: {sentAt, acknowledgedAt, ids, sequence}. */
    posts: [],
    /** `state` and `view` frames, with `at`. */
    states: [], views: [],
    /** Tiles as they reach the tab, and as they reach the canvas. */
    delivered: [], drawn: [],
    /** Pixels of the canvas that were compared with the tile they should show. */
    pixels: { checked: 0, wrong: 0 },
    isProving: false,
    /** Whether the overlay was laid over the picture; for who sets it back. */
    isLaid: false,
    longTasks: [],
    tileRequests: [],
    /** Every tile's bytes by its key, when `keepsTiles`. */
    keepsTiles: false, kept: new Map(),
  };

  // Input.
  addEventListener("pointerup", (event) => { watch.up = event.timeStamp; }, true);
  addEventListener("pointerdown", (event) => { watch.down = event.timeStamp; }, true);

  // What is sent.
  const plainFetch = window.fetch;
  window.fetch = async function (input, options) {
    const url = String(input?.url ?? input);
    if (options?.method !== "POST" || !/\/api\/v1\/operations(\?|$)/.test(url)) return plainFetch.apply(this, arguments);
    const post = { sentAt: performance.now(), acknowledgedAt: 0, sequence: 0 };
    watch.posts.push(post);
    const response = await plainFetch.apply(this, arguments);
    post.acknowledgedAt = performance.now();
    response.clone().json().then(({ accepted }) => { post.sequence = Math.max(...accepted.map(({ sequence }) => sequence)); tell(); }).catch(() => {});
    return response;
  };

  // What comes.
  const tileKey = ({ kind, level, column, row }) => `${kind}/${level}/${column}/${row}`;
  function receive({ data }) {
    if (data?.type !== "frame") return;
    const { json, bytes } = data, at = performance.now();
    if (json.type === "state") watch.states.push({ at, ...json });
    else if (json.type === "view") watch.views.push({ at, ...json });
    else if (json.type === "tile") watch.delivered.push({ at, key: tileKey(json), revision: json.revision, exactness: json.exactness });
    else return;
    if (json.type === "tile" && watch.keepsTiles) watch.kept.set(tileKey(json), { ...json, bytes: bytes.slice() });
    tell();
  }
  const Shared = window.SharedWorker;
  window.SharedWorker = class extends Shared {
    constructor(...parts) { super(...parts); this.port.addEventListener("message", receive); }
  };

  // What is drawn.
  const metasMax = 2048;
  const plainDraw = CanvasRenderingContext2D.prototype.drawImage;
  function attach(viewer) {
    watch.viewer = viewer;
    const { overlay, overlayPainter: painter } = viewer, metas = new Map(), bitmaps = new WeakMap(), shown = new Map();
    let current = null, frame = [];
    const setTile = overlay.setTile.bind(overlay), add = painter.add.bind(painter);
    overlay.setTile = (tile) => { current = tile; try { setTile(tile); } finally { current = null; } };
    painter.add = (group, key, tile, transfer, target) => {
      const meta = current && { key: tileKey(current), revision: current.revision, exactness: current.exactness, tile: watch.isProving ? current : null };
      const serial = add(group, key, tile, transfer, (painted) => {
        if (painted && metas.has(painted.serial)) bitmaps.set(painted.bitmap, metas.get(painted.serial));
        target(painted);
      });
      if (meta) metas.set(serial, meta);
      if (metas.size > metasMax) metas.delete(metas.keys().next().value);
      return serial;
    };
    for (const canvas of [overlay.canvas, overlay.partCanvas]) {
      canvas.getContext("2d").drawImage = function (bitmap, ...place) {
        const meta = bitmaps.get(bitmap);
        if (meta) frame.push(meta);
        plainDraw.call(this, bitmap, ...place);
      };
    }
    viewer.context.drawImage = function (picture, ...place) {
      plainDraw.call(this, picture, ...place);
      if (picture !== overlay.canvas && picture !== overlay.partCanvas) return;
      watch.isLaid = true;
      const at = performance.now(), drawn = frame;
      frame = [];
      let isNew = false;
      for (const { key, revision, exactness, tile } of drawn) {
        if (shown.get(key) === `${revision}/${exactness}`) continue;
        shown.set(key, `${revision}/${exactness}`);
        watch.drawn.push({ at, key, revision, exactness });
        if (watch.isProving && tile && !watch.states.some(({ model }) => model?.revision > revision)) prove(viewer, tile); // an older one may have its veil
        isNew = true;
      }
      if (isNew) tell();
    };
  }

  /** Whether the canvas has the class's colour where a tile says so; for an opaque overlay, at one to one or nearer. */
  function prove(viewer, { level, column, row, kind, width, height, bytes }) {
    if (kind !== "labels" || level !== 0) return;
    const { context } = viewer, colours = watch.colours ?? {};
    for (const [fx, fy] of [[0.1, 0.1], [0.9, 0.2], [0.5, 0.5], [0.2, 0.9], [0.8, 0.8]]) {
      const x = Math.floor(fx * width), y = Math.floor(fy * height), place = viewer.toCss(256 * column + x + 0.5, 256 * row + y + 0.5);
      const [left, top] = [place.x, place.y].map((one) => Math.floor(one * devicePixelRatio));
      const wanted = colours[bytes[y * width + x]];
      if (left < 0 || top < 0 || left >= context.canvas.width || top >= context.canvas.height || !wanted) continue;
      const [red, green, blue] = context.getImageData(left, top, 1, 1).data;
      watch.pixels.checked++;
      if (red !== wanted[0] || green !== wanted[1] || blue !== wanted[2]) watch.pixels.wrong++;
    }
  }

  import("/page/viewer/viewer.js").then(({ Viewer }) => {
    const { setImage } = Viewer.prototype;
    Viewer.prototype.setImage = function (...parts) {
      if (watch.viewer !== this && !this.element.closest("#compare")) attach(this);
      return setImage.apply(this, parts);
    };
  });

  // What holds up the page, and how long tiles take.
  try {
    new PerformanceObserver((list) => { for (const { startTime, duration } of list.getEntries()) watch.longTasks.push({ at: startTime, duration }); })
      .observe({ type: "longtask", buffered: true });
  } catch { /* another browser */ }
  new PerformanceObserver((list) => {
    for (const { name, startTime, requestStart, responseStart, responseEnd, transferSize } of list.getEntries()) {
      if (name.includes("/tiles/")) watch.tileRequests.push({ at: startTime, waited: requestStart - startTime, first: responseStart - startTime, all: responseEnd - startTime, isCached: transferSize === 0 });
    }
  }).observe({ type: "resource", buffered: true });

  // Waiting.
  const waiting = new Set();
  function tell() { for (const check of [...waiting]) check(); }
  watch.tell = tell;

  /** Resolves with the first value of `find` that is not null, looked for whenever something happens; with null after some seconds. */
  watch.until = (find, seconds = 30) => new Promise((resolve) => {
    const end = (value) => { waiting.delete(check); clearInterval(timer); clearTimeout(limit); resolve(value); };
    const check = () => { const value = find(); if (value !== null && value !== undefined) end(value); };
    const timer = setInterval(check, 250), limit = setTimeout(() => end(null), 1000 * seconds);
    waiting.add(check);
    check();
  });

  watch.forget = () => { for (const name of ["posts", "states", "views", "delivered", "drawn", "longTasks", "tileRequests"]) watch[name].length = 0; };

  const firstAt = (list, holds) => list.find(holds)?.at ?? null;

  /** Times since `begin` for a stroke that is the operation `sequence`; null while its view is not complete. */
  watch.stroke = (begin) => {
    const post = watch.posts.findLast(({ sentAt }) => sentAt >= begin - 1);
    if (!post?.sequence) return null;
    const knowing = watch.states.filter(({ model }) => model?.labelSequence >= post.sequence);
    const first = knowing[0]?.model, whole = knowing.find(({ model }) => model.trees === model.treesTotal)?.model;
    if (!whole) return null;
    const view = watch.views.find(({ revision, isComplete }) => isComplete && revision >= whole.revision);
    if (!view) return null;
    const places = new Map();
    for (const { at, key, revision } of watch.drawn) if (revision >= whole.revision && !places.has(key)) places.set(key, at);
    if (places.size < view.tiles) return null;
    const since = (at) => (at === null ? null : at - begin);
    const isFirst = ({ revision }) => revision >= first.revision, isWhole = ({ revision }) => revision >= whole.revision;
    return {
      sent: since(post.sentAt), acknowledged: since(post.acknowledgedAt),
      first: { sent: since(firstAt(watch.delivered, isFirst)), seen: since(firstAt(watch.drawn, isFirst)) },
      forest: { sent: since(firstAt(watch.delivered, isWhole)), seen: since(firstAt(watch.drawn, isWhole)) },
      view: { sent: since(view.at), seen: Math.max(...places.values()) - begin },
      server: { first: 1000 * first.seconds, forest: 1000 * whole.seconds, view: 1000 * view.seconds },
      tiles: view.tiles, samples: whole.samples, labelledPixels: whole.labelledPixels,
    };
  };

  /** Shares of the view as drawn now, and whether it is all of the newest model. */
  watch.cover = () => {
    const shares = watch.viewer.overlay.coverage();
    return { ...shares, isAnswered: shares.none === 0 && shares.older === 0 };
  };
})();
