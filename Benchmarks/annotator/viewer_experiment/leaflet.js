// The experiment's page with Leaflet 1.9.4: grid layers whose canvases are repainted in place.
// The picture is uniform grey, the overlay a uniform half-transparent orange, so that one colour is right for every pixel.
import * as L from "/leaflet/leaflet-src.esm.js";

const side = 32768;
const latency = Number(new URLSearchParams(location.search).get("latency") ?? 0);
const map = L.map("view", { crs: L.CRS.Simple, zoomSnap: 0, minZoom: -8, maxZoom: 5, fadeAnimation: false, zoomAnimation: true, attributionControl: false });
const bounds = [[-side, 0], [0, side]];

/** A grid layer of canvases that are filled `latency` ms after they were asked for. */
function gridLayer(colour) {
  const Layer = L.GridLayer.extend({
    createTile(coordinates, done) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 256;
      const paint = () => { fill(canvas, this.colour); done(null, canvas); };
      if (latency) setTimeout(paint, latency); else setTimeout(paint, 0);
      return canvas;
    },
  });
  const layer = new Layer({ tileSize: 256, minZoom: -8, maxZoom: 5, minNativeZoom: -7, maxNativeZoom: 0, bounds, noWrap: true });
  layer.colour = colour;
  return layer.addTo(map);
}

function fill(canvas, colour) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, 256, 256);
  context.fillStyle = colour;
  context.fillRect(0, 0, 256, 256);
}

map.setView([-side / 2, side / 2], 0);
const picture = gridLayer("#808080"), overlay = gridLayer("rgba(230,159,0,0.5)");

// Pen painting: an own canvas above the map, as Leaflet has no layer that is painted on.
const ink = document.createElement("canvas");
Object.assign(ink, { width: 1280, height: 720 });
Object.assign(ink.style, { position: "absolute", inset: "0", zIndex: "650", touchAction: "none", pointerEvents: "none" });
map.getContainer().append(ink);
let inked = 0;
map.getContainer().addEventListener("pointermove", (event) => { if (event.buttons & 1) inked += event.getCoalescedEvents().length; });

window.experiment = {
  show: (scale, x, y) => map.setView([-y, x], Math.log2(scale), { animate: false }),
  zoom: (scale) => map.setZoom(Math.log2(scale), { animate: true }),
  refreshByRedraw: () => overlay.redraw(),
  refreshInPlace: () => { for (const { el } of Object.values(overlay._tiles)) fill(el, overlay.colour); },
  centre: () => { const { lat, lng } = map.getCenter(); return [lng, -lat]; },
  pensMoves: () => inked,
  usePen: (isPainting) => (isPainting ? map.dragging.disable() : map.dragging.enable()),
};
