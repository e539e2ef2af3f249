import { ApiError } from "./api/api.js";
import { installCommands } from "./keys/commands.js";
import { Compare } from "./live/compare.js";
import { showGuide } from "./live/guide.js";
import { Live } from "./live/live.js";
import { showMasks } from "./live/masks.js";
import { showPill } from "./live/pill.js";
import { Report } from "./live/report.js";
import { Cross } from "./painting/cross.js";
import { Painter } from "./painting/painter.js";
import { brushPanel } from "./panels/brush.js";
import { classesPanel } from "./panels/classes.js";
import { exchangePanel } from "./panels/exchange.js";
import { featuresPanel } from "./panels/features.js";
import { headPanel } from "./panels/head.js";
import { helpPanel } from "./panels/help.js";
import { imagesPanel } from "./panels/images.js";
import { lookPanel } from "./panels/look.js";
import { modelsPanel } from "./panels/models.js";
import { peoplePanel } from "./panels/people.js";
import { reportPanel } from "./panels/report.js";
import { resultPanel } from "./panels/result.js";
import { runsPanel } from "./panels/runs.js";
import { workersPanel } from "./panels/workers.js";
import { Project } from "./project/project.js";
import { Visibility } from "./project/visibility.js";
import { Stream } from "./stream/stream.js";
import { button, byId, fill, h } from "./ui/dom.js";
import { login } from "./ui/login.js";
import { messages } from "./ui/messages.js";
import { preferences } from "./ui/preferences.js";
import { showStatusbar } from "./ui/statusbar.js";
import { showToolbar, showZoom } from "./ui/toolbar.js";
import { Viewer } from "./viewer/viewer.js";
import { Workspace } from "./workspace.js";

/** Builds the page: each part knows only those that it is given. */
async function start() {
  const canvas = byId("canvas");
  /** @type {any} */
  const app = { canvas, messages, Viewer };
  app.viewer = new Viewer(canvas, {
    onViewChange: () => { app.workspace?.emit("view"); app.live?.sendView(); app.painter?.draft.draw(); },
    onHover: (/** @type {any} */ place) => { app.workspace?.emit("hover", place); if (place) app.painter?.hover(place); },
  });
  app.stream = new Stream();
  app.project = new Project(app.stream);
  app.visibility = new Visibility(app.project);
  app.painter = new Painter(app);
  app.workspace = new Workspace(app);
  app.live = new Live(app);
  app.report = new Report(app);
  app.compare = new Compare(app);
  app.cross = new Cross(app.painter, (text) => messages.note(text));
  app.undo = () => { if (!app.project.undo()) messages.note("There is nothing of yours to undo."); };
  app.redo = () => { if (!app.project.redo()) messages.note("There is nothing to redo."); };
  app.togglePanels = () => !byId("app").classList.toggle("is-wide");
  app.zoom = showZoom(byId("zoom"), app.viewer).zoom;

  const panels = [classesPanel, brushPanel, resultPanel, lookPanel, reportPanel, featuresPanel, modelsPanel, imagesPanel, runsPanel, exchangePanel, peoplePanel, workersPanel].map((make) => make(app));
  const help = helpPanel(app);
  app.help = () => {
    byId("app").classList.remove("is-wide");
    help.open();
    help.element.querySelector("summary")?.focus();
  };
  byId("panels").append(headPanel(app), ...panels.map(({ element }) => element), help.element);
  showToolbar(byId("tools"), app);
  showStatusbar(app);
  showPill(byId("live"), app);
  showMasks(app);
  showGuide(app);
  installCommands(app);
  showEmpty(app, () => { const images = byId("panel-images"); images.open = true; images.scrollIntoView(); images.querySelector("button")?.focus(); });
  listenToTrouble(app);

  await open(app);
  app.stream.start(app.project.about.sequence);
  // The first image as soon as there is one, the last one that was open if it is still there.
  const openFirst = () => {
    // The server has read an image when its size is known; one that has changed can still be looked at.
    const images = app.project.images.filter((/** @type {any} */ { width, problem, problemKind }) => width > 0 && (!problem || problemKind === "changed"));
    const openId = app.workspace.info?.id;
    if (openId && !app.project.images.some((/** @type {any} */ { id }) => id === openId)) app.workspace.close();
    if (app.workspace.info || images.length === 0) return;
    const last = preferences.get("image", "");
    app.workspace.open(images.some((/** @type {any} */ { id }) => id === last) ? last : images[0].id);
  };
  app.project.on("change", ({ kinds }) => { if (["all", "addImage", "removeImage"].some((kind) => kinds.has(kind))) openFirst(); });
  app.project.on("about", openFirst);
  openFirst();
}

/** Asks for the project, and for the token where one is needed; waits for a server that is not there yet. */
async function open(/** @type {any} */ app) {
  for (;;) {
    try {
      const left = await app.project.open();
      if (left > 0) messages.note(`${left} ${left === 1 ? "change" : "changes"} of before are being sent.`);
      return;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) await login();
      else {
        messages.error(error);
        await new Promise((resolve) => { setTimeout(resolve, 1500); });
      }
    }
  }
}

/** Whatever goes wrong is said in words. */
function listenToTrouble(/** @type {any} */ { stream, project }) {
  let isLost = false;
  stream.on("connection", async ({ isOpen, status, problem }) => {
    // Not connected yet is no trouble.
    if (!isOpen && !problem) return;
    if (status === 401) { await login(); stream.retry(); return; }
    if (!isOpen && !isLost && status !== 0) messages.error("The server refused the stream. Trying again.");
    else if (!isOpen && !isLost) messages.error("The connection is lost. Paint on: strokes are kept here and sent later.");
    else if (isOpen && isLost) messages.note("Connected again.");
    isLost = !isOpen;
  });
  stream.on("trouble", ({ message }) => messages.error(message));
  stream.on("other", () => location.reload());
  project.on("other", () => location.reload());
  project.outbox.on("refused", ({ message }) => messages.error(message));
  project.outbox.on("waiting", ({ error }) => messages.error(error));
  project.outbox.on("lost", ({ message }) => messages.error(message));
  addEventListener("unhandledrejection", (event) => messages.error(event.reason));
  addEventListener("error", (event) => { if (event.error) messages.error(event.error); });
}

/** What stands in the place of an image until there is one. */
function showEmpty(/** @type {any} */ { project, workspace }, /** @type {() => void} */ addImages) {
  const place = byId("empty");
  fill(place, h("h2", {}, "Open an image to begin"), h("p", {}, "Any size: PNG, JPEG, TIFF, OME-Zarr, whole slides."), button("Add images…", addImages, { className: "primary" }));
  const show = () => { place.hidden = workspace.info !== null || project.images.length > 0; };
  project.on("change about", show);
  workspace.on("image", show);
}

start().catch((error) => messages.error(error));
