// What the console uses of the vendored libraries; `make vendor-ui` builds ui.js from this.
import { h, render, Fragment, createPortal } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
export { h, render, Fragment, createPortal };
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
export { batch, computed, effect, signal, untracked } from '@preact/signals-core';
export { useComputed, useSignal, useSignalEffect } from '@preact/signals';
