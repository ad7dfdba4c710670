// The dialogs of the overview, in one file that is loaded when the first of them opens.
import '@/styles/controls';

export { Confirm } from '@/components/confirm';
export { SeeDialog } from '@/features/runs/see-dialog';
