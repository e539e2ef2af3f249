// The experiment's page with our own viewer: the same uniform picture and overlay.
import { Viewer } from "/page/viewer/viewer.js";

const side = 32768, levels = Array.from({ length: 8 }, (_, level) => ({ width: side >> level, height: side >> level }));
const latency = Number(new URLSearchParams(location.search).get("latency") ?? 0);
const viewer = new Viewer(document.getElementById("view"), { onViewChange: () => setTimeout(giveOverlay, latency) });
let revision = 1, inked = 0;

/** Answers a view as the server would: all its overlay tiles, `latency` ms later. */
function giveOverlay() {
  const { rect: [x, y, width, height], level } = viewer.view, factor = 256 * 2 ** level, bytes = new Uint8Array(65536).fill(1);
  for (let row = Math.max(0, Math.floor(y / factor)); row * factor < Math.min(side, y + height); row++) {
    for (let column = Math.max(0, Math.floor(x / factor)); column * factor < Math.min(side, x + width); column++) {
      viewer.overlay.setTile({ level, column, row, kind: "labels", revision, exactness: "exact", width: 256, height: 256, bytes });
    }
  }
}

document.querySelector(".viewer-scale-bar").remove();
viewer.overlay.setClasses([{ number: 1, colour: "#E69F00" }]);
viewer.setImage({ id: "uniform", width: side, height: side, channels: 1, sampleType: "uint8", levels, contentKey: String(latency) }, { z: 0, t: 0 });
document.addEventListener("pointermove", (event) => { if (event.buttons & 1) inked += event.getCoalescedEvents().length; }, true);

window.experiment = {
  show(scale, x, y) {
    viewer.showRect([x - 1, y - 1, 2, 2]);
    viewer.zoomTo(scale);
  },
  zoom: (scale) => viewer.zoomTo(scale, 640, 360, true),
  refreshInPlace() { revision++; viewer.overlay.beginRevision(revision); setTimeout(giveOverlay, latency); },
  centre: () => { const { x, y } = viewer.toImage(640, 360); return [x, y]; },
  pensMoves: () => inked,
  usePen: (isPainting) => viewer.addPointerTool(isPainting ? {} : null),
};
