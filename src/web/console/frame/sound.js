// The console's voice: tones that are made here, so that there is nothing to load, and whether the
// browser lets them be heard.
import { signal } from '../../vendor/ui.js';
import { toast } from '../base/bits.js';
import { choices } from '../base/here.js';
import { t } from '../base/words.js';

const CHIME_GAP_MS = 400;

export const sound = signal({ blocked: true });
let audio = null;

function ready() {
  sound.value = { blocked: !audio || audio.state !== 'running' };
}

export async function unlockSound(test) {
  try {
    audio ||= new AudioContext();
    audio.onstatechange = ready;
    await audio.resume();
  } catch {
    // no device: the banner stays
  }
  ready();
  if (test) {
    if (sound.peek().blocked) toast(t('sound.none'), { kind: 'warn' });
    else twoTones();
  }
}

function tone(frequency, at, seconds, volume) {
  const voice = audio.createOscillator();
  const level = audio.createGain();
  voice.type = 'sine';
  voice.frequency.value = frequency;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(volume, at + 0.02);
  level.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  voice.connect(level).connect(audio.destination);
  voice.start(at);
  voice.stop(at + seconds);
}

// Two soft ones, the second a fourth higher.
function twoTones() {
  const volume = Math.max(0.001, choices.peek().volume * 0.5);
  tone(659, audio.currentTime, 0.5, volume);
  tone(880, audio.currentTime + 0.18, 0.7, volume);
}

const isHeard = () => audio?.state === 'running' && choices.peek().sound;

// An offer.
export function ring() {
  if (isHeard()) twoTones();
}

// A message: one tone, softer; a flood of them is one.
let chimedAt = 0;
export function chime() {
  if (!isHeard() || Date.now() - chimedAt < CHIME_GAP_MS) return;
  chimedAt = Date.now();
  tone(740, audio.currentTime, 0.25, Math.max(0.001, choices.peek().volume * 0.3));
}

// A browser that allows sound without a gesture needs no banner.
export function startSound() {
  audio ||= 'AudioContext' in globalThis ? new AudioContext() : null;
  if (audio) audio.onstatechange = ready;
  ready();
}
