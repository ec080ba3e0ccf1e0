// A picture that lies beside this file, wherever it is served from.
export const asset = (name) => new URL(name, import.meta.url).href;
