// A row of small bars: how the last days went, in the line of a text. The figures are behind the link beside it.

interface Props {
  values: (number | null)[];
  label: string;
}

const WIDTH = 5;
const HEIGHT = 22;

export function Sparkline({ values, label }: Props) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  return (
    <svg role="img" aria-label={label} className="sparkline" width={values.length * WIDTH} height={HEIGHT} viewBox={`0 0 ${values.length * WIDTH} ${HEIGHT}`} fill="var(--accent)">
      {values.map((value, index) => {
        const height = value === null ? 1 : Math.max(2, (value / most) * HEIGHT);
        return <rect key={index} x={index * WIDTH} y={HEIGHT - height} width={WIDTH - 1.5} height={height} rx={1} opacity={value === null ? 0.35 : 1} />;
      })}
    </svg>
  );
}
