// @ts-check
// The chart as a file: SVG with its styles, and PNG.

import { h, s } from "./dom.js";

const STYLES = ["stroke", "stroke-width", "fill", "font"];

/** @param {SVGSVGElement} svg */
const size = (svg) => ({ width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height });

/**
 * svgFile writes the chart as a file of its own, with the styles and the ground that it has on the page.
 * @param {SVGSVGElement} svg
 */
export function svgFile(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const copied = /** @type {NodeListOf<SVGElement>} */ (copy.querySelectorAll("*"));
  svg.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of STYLES) copied[i].style.setProperty(name, style.getPropertyValue(name));
  });
  const { width, height } = size(svg);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.prepend(s("rect", { width, height, fill: getComputedStyle(document.body).backgroundColor }));
  return new XMLSerializer().serializeToString(copy);
}

/**
 * png draws the chart with two dots per pixel.
 * @param {SVGSVGElement} svg
 * @returns {Promise<Blob>}
 */
export async function png(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svgFile(svg))}`;
  await image.decode();
  const width = size(svg).width * 2;
  const height = size(svg).height * 2;
  const canvas = h("canvas", { width, height });
  canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => blob ? resolve(blob) : reject(new Error("The browser could not draw the chart as PNG.")));
  });
}
