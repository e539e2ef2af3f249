import { byId, fill, h, icon } from "../ui/dom.js";
import { uuid } from "../ui/uuid.js";
import { centre } from "./place.js";

/** An earlier model beside the one of now: a second view of the same place, which moves with the first. */
export class Compare {
  /** @type {any} */
  #viewer = null;
  #id = uuid();
  revision = 0;
  #isFollowing = false;
  /** What of the result the second view shows. */
  #kind = "";

  /** @param {{Viewer: any, stream: import("../stream/stream.js").Stream, workspace: import("../workspace.js").Workspace, live: import("./live.js").Live, viewer: any, project: import("../project/project.js").Project}} parts */
  constructor(parts) {
    this.parts = parts;
    const { stream, workspace, project } = parts;
    stream.on("tile", (tile) => { if (tile.tab === this.#id && this.#viewer) this.#viewer.overlay.setTile(tile); });
    workspace.on("view", () => this.#follow(parts.viewer, this.#viewer));
    workspace.on("image plane", () => { if (this.#viewer) this.#show(); });
    // Contrast and opacity are no requests here either: tiles stay, and are painted anew.
    workspace.on("display", () => { if (this.#viewer) this.#viewer.display = workspace.display; });
    workspace.on("overlay", () => { if (this.#viewer) this.#showOverlay(); });
    let classes = "";
    project.on("change", () => {
      const now = JSON.stringify([...project.fold.classes.values()]);
      if (now === classes) return;
      classes = now;
      this.#viewer?.overlay.setClasses([...project.fold.classes.values()]);
    });
  }

  get isOpen() { return this.#viewer !== null; }

  /** @param {number} revision @param {string} name */
  open(revision, name) {
    const place = byId("compare");
    this.close();
    this.revision = revision;
    place.hidden = false;
    const close = h("button.bare.small", { type: "button", "aria-label": "Close the comparison", title: "Close the comparison", onclick: () => this.close() }, icon("close"));
    const holder = h("div.holder");
    fill(place, holder, h("div.caption.floating.row", {}, h("span.name", {}, name), close));
    this.#viewer = new this.parts.Viewer(place.firstChild, { onViewChange: () => this.#follow(this.#viewer, this.parts.viewer), onHover() {} });
    this.#viewer.addPointerTool(null);
    this.#show();
  }

  close() {
    if (!this.#viewer) return;
    this.parts.stream.setView(null, this.#id);
    this.#viewer.destroy?.();
    this.#viewer = null;
    const place = byId("compare");
    place.replaceChildren();
    place.hidden = true;
  }

  #show() {
    const { workspace, project, viewer } = this.parts;
    if (!workspace.info) return this.close();
    this.#viewer.setImage(workspace.info, workspace.plane);
    this.#viewer.display = workspace.display;
    this.#kind = workspace.overlay.kind;
    this.#paint();
    this.#viewer.overlay.setClasses([...project.fold.classes.values()]);
    this.#viewer.overlay.beginRevision(this.revision);
    this.#follow(viewer, this.#viewer);
  }

  /** Another kind of map must be asked for; all else is painted of what is there. */
  #showOverlay() {
    const { workspace, viewer } = this.parts;
    this.#paint();
    if (workspace.overlay.kind === this.#kind) return;
    this.#kind = workspace.overlay.kind;
    this.#follow(viewer, this.#viewer);
  }

  #paint() {
    const { opacity, mode, kind } = this.parts.workspace.overlay;
    Object.assign(this.#viewer.overlay, { opacity, mode, kind, isVisible: true });
  }

  #follow(/** @type {any} */ from, /** @type {any} */ to) {
    if (!this.#viewer || !from || !to || this.#isFollowing) return;
    this.#isFollowing = true;
    const [x, y, width, height] = from.view.rect;
    centre(to, x + width / 2, y + height / 2, from.view.scale);
    this.#isFollowing = false;
    const view = this.parts.live.viewOf(this.#viewer);
    if (view) this.parts.stream.setView({ ...view, model: this.revision }, this.#id);
  }
}
