/** Style sheets that travel as text: the notebook renderer's. */
declare module '*.css' {
  const text: string;
  export default text;
}
