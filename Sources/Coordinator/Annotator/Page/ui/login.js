import { api } from "../api/api.js";
import { byId } from "./dom.js";

/** Asks for the token until the server takes one. @returns {Promise<void>} */
export function login() {
  const place = byId("login");
  const form = place.querySelector("form");
  byId("app").hidden = true;
  place.hidden = false;
  byId("token").focus();
  return new Promise((resolve) => {
    form.addEventListener("submit", async (/** @type {Event} */ event) => {
      event.preventDefault();
      const line = form.querySelector("p");
      try {
        await api.post("login", { token: byId("token").value });
        byId("token").value = "";
        place.hidden = true;
        byId("app").hidden = false;
        resolve();
      } catch (error) {
        line.textContent = /** @type {Error} */ (error).message;
        line.className = "error";
        line.setAttribute("role", "alert");
      }
    });
  });
}
