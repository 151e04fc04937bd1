import type { ComparisonRequest } from '../core/analysis/comparison';
import type { AnalysisRequest } from '../core/analysis/report';
import { arithmetics } from '../core/engine/arithmetic';
import type { ViewOptions } from '../protocol/messages';

/** The same of what one tensor is held against another by. */
export function comparisonRequest(tensor: number, options: ViewOptions): ComparisonRequest & { readonly tensor: number } {
  const { layout, normalizedDims, normalizedAxes, eps } = analysisRequest(tensor, options, false);
  return {
    tensor,
    ...(layout === undefined ? {} : { layout }),
    ...(normalizedDims === undefined ? {} : { normalizedDims }),
    ...(normalizedAxes === undefined ? {} : { normalizedAxes }),
    ...(eps === undefined ? {} : { eps }),
  };
}

/**
 * What a page's options ask of the core. What is absent stays absent: the core infers it.
 * @param always whether every analysis is to be precise (`settings.ts`)
 */
export function analysisRequest(tensor: number, options: ViewOptions, always: boolean): AnalysisRequest {
  const { layout, normalizedDims, normalizedAxes, numGroups, eps, mask, views, groupHistograms, groupDetails, batchOutputs, precision, exact, momentum, batchSize } = options;
  return {
    tensor,
    views,
    ...(layout === undefined ? {} : { layout }),
    ...(normalizedDims === undefined ? {} : { normalizedDims }),
    ...(normalizedAxes === undefined ? {} : { normalizedAxes }),
    ...(numGroups === undefined ? {} : { numGroups }),
    ...(eps === undefined ? {} : { eps }),
    ...(mask === undefined ? {} : { mask }),
    ...(momentum === undefined ? {} : { momentum }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(groupHistograms === undefined ? {} : { groupHistograms }),
    ...(groupDetails === undefined ? {} : { groupDetails }),
    ...(batchOutputs === true ? { batchOutputs } : {}),
    // With a mask it would be refused, and everything else with it.
    ...(precision === true && mask === undefined ? { precision: arithmetics } : {}),
    ...(always || exact === true ? { exact: true } : {}),
  };
}
