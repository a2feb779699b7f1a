const cleanups = new Set<() => void>();

/**
 * Has something done when this process exits, however it does, unless it is cancelled before by
 * calling what is returned. What was asked for last is done first.
 */
export function onExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) process.once('exit', cleanUp);
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0) process.off('exit', cleanUp);
  };
}

function cleanUp(): void {
  for (const cleanup of [...cleanups].reverse()) cleanup();
}
