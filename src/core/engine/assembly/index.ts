// The kernels. The memory map and the meaning of every argument stand in `abi.ts`; `reference/` has the same in plain TypeScript.
export { decode } from './decode';
export { decodeFast } from './decodeFast';
export { accumulateRows } from './rows';
export { accumulateColumns } from './columns';
export { accumulateFastRows, sumPowers, sumSquares, takeSubnormal } from './fastRows';
export { accumulateFastBoth, addEight, countEight } from './fastColumns';
export { closeStates, openStates } from './open';
export { metNotFinite } from './state';
export { findNotFinite, findNotFiniteFast, countSubnormal } from './scan';
export { applyRows, applyColumns, applyNeighbours, countView, drawView } from './views';
export { countWords, countBytes, countValues } from './count';
export { widenSigned, widenUnsigned } from './integers';
export { countGroupRows, countGroupColumns } from './groups';
export { mapRun, mapRows, mapColumns, mapNeighbours, narrow } from './apply';
export { sumRows, sumColumns, gradientRun, gradientRows, gradientColumns } from './backward';
export { setFormat, castElements, setSimulation, simulateElements, finishGroups } from './simulate';
export { locatePixels, flagPixels } from './pixels';

/** Where memory that the kernels do not use themselves begins. */
export const heapBase: usize = __heap_base;
