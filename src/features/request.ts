import type { AnalysisRequest } from '../core/analysis/report';
import type { ViewOptions } from '../protocol/messages';

/** What a page's options ask of the core. What is absent stays absent: the core infers it. */
export function analysisRequest(tensor: number, options: ViewOptions): AnalysisRequest {
  const { layout, normalizedDims, normalizedAxes, numGroups, eps, mask, views, groupHistograms, groupDetails } = options;
  return {
    tensor,
    views,
    ...(layout === undefined ? {} : { layout }),
    ...(normalizedDims === undefined ? {} : { normalizedDims }),
    ...(normalizedAxes === undefined ? {} : { normalizedAxes }),
    ...(numGroups === undefined ? {} : { numGroups }),
    ...(eps === undefined ? {} : { eps }),
    ...(mask === undefined ? {} : { mask }),
    ...(groupHistograms === undefined ? {} : { groupHistograms }),
    ...(groupDetails === undefined ? {} : { groupDetails }),
  };
}
