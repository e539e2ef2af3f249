import { uuid } from "../ui/uuid.js";

/**
 * @typedef {{type: string, path?: string, width?: number, height?: number, x?: number, y?: number, polygons?: number[][][][], points?: number[][], runs?: number[]}} Shape
 * in pixels of the image in full resolution, (0, 0) being the first pixel's outer corner
 * @typedef {{z: number, t: number}} Plane
 * @typedef {{id: string, kind: string, sequence?: number, person?: string, time?: string, [field: string]: any}} Operation
 * @typedef {{id: string, class: number, shape: Shape, plane: Plane|null, image: string, person: string, time: string, isSetAside: boolean}} PlacedShape
 * @typedef {{number: number, name: string, colour: string, isHidden: boolean}} ClassRecord
 * @typedef {{id: string, name: string, path: string, width: number, height: number, channels: number, sampleType: string, depth: number, times: number, isSetAside: boolean, problem?: string}} ImageRecord
 */

/** @param {string} kind @param {Record<string, any>} fields @returns {Operation} a new operation with an id of its own */
export const operation = (kind, fields) => ({ id: uuid(), kind, ...fields });
